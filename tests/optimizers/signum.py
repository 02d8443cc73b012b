"""Signum: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "beta": 0.5, "weight_decay": 0.1, "maximize": True},
    {"lr": 0.1, "weight_decay": 0.5, "decoupled_weight_decay": False},
    {"weight_decay": 0.01, "decay_with_lr": False},
]
PARITY = {"signum": {"lr": 0.05, "beta": 0.7}}


def plain(theta, *, lr, beta, weight_decay, decoupled_weight_decay, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    m = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            m[i] = beta * m[i] + (1 - beta) * g
            p -= lr * np.sign(m[i])

    return step
