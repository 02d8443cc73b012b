"""Yogi: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 0.1, "initial_accumulator": 0.01},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]


def plain(
    theta, *, lr, betas, eps, initial_accumulator, weight_decay, decoupled_weight_decay, maximize,
    decay_with_lr,
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, v = ([np.full_like(p, initial_accumulator) for p in theta] for _ in range(2))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = v[i] - (1 - betas[1]) * np.sign(v[i] - g * g) * g * g
            root = np.sqrt(v[i] / (1 - betas[1] ** t)) + eps
            p -= lr / (1 - betas[0] ** t) * m[i] / root

    return step
