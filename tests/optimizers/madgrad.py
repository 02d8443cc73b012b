"""MADGRAD: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "momentum": 0.0, "eps": 1e-3},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decouple_decay": True},
    {"eps": 0.0},
    {"weight_decay": 0.01, "decay_with_lr": False, "decouple_decay": True},
]


def plain(theta, *, lr, momentum, weight_decay, eps, decouple_decay, maximize, decay_with_lr):
    s, q = ([np.zeros_like(p) for p in theta] for _ in range(2))
    start = [p.copy() for p in theta]

    def step(t, grads, loss):
        k = (lr + eps) * np.sqrt(t)
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            old = p.copy()
            if not decouple_decay:
                g = g + weight_decay * p
            s[i] = s[i] + k * g
            q[i] = q[i] + k * g * g
            p[...] = momentum * p + (1 - momentum) * (start[i] - s[i] / (np.cbrt(q[i]) + eps))
            if decouple_decay:
                p -= (lr + eps if decay_with_lr else 1) * weight_decay * old

    return step
