"""Sophia-G: settings and the plain rule, given the gradient as the second one too."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "rho": 1.0, "bs": 1, "weight_decay": 0.0},
    {"bs": 10, "maximize": True},
    {"weight_decay": 0.01, "decay_with_lr": False},
]


def plain(theta, *, lr, betas, rho, weight_decay, bs, k, seed, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, h = ([np.zeros_like(p) for p in theta] for _ in range(2))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            h[i] = betas[1] * h[i] + (1 - betas[1]) * g * g
            m[i] = betas[0] * m[i] + (1 - betas[0]) * (-g if maximize else g)
            p *= 1 - decay
            p -= lr * np.sign(m[i]) * np.minimum(abs(m[i]) / (rho * bs * h[i] + 1e-15), 1)

    return step
