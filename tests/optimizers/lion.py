"""Lion: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "betas": (0.5, 0.7)},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.01, "decay_with_lr": False},
]
PARITY = {"lion": {"lr": 0.05, "betas": (0.8, 0.9), "weight_decay": 0.1}}


def plain(theta, *, lr, betas, weight_decay, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    m = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            p *= 1 - decay
            p -= lr * np.sign(betas[0] * m[i] + (1 - betas[0]) * g)
            m[i] = betas[1] * m[i] + (1 - betas[1]) * g

    return step
