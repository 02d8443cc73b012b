"""Adamax: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 1e-2},
    {"betas": (0.5, 0.7), "eps": 1e-2, "eps_outside_max": True},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
PARITY = {"adamax_keras": {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "eps_outside_max": True}}


def plain(
    theta, *, lr, betas, eps, weight_decay, maximize, decoupled_weight_decay, eps_outside_max,
    decay_with_lr,
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, u = ([np.zeros_like(p) for p in theta] for _ in range(2))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            u[i] = np.maximum(betas[1] * u[i], abs(g) + (0 if eps_outside_max else eps))
            p -= lr / (1 - betas[0] ** t) * m[i] / (u[i] + (eps if eps_outside_max else 0))

    return step
