"""ProximalGradient: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.3, "l1": 0.2},
    {"lr": 0.3, "l1": 0.2, "l2": 0.5},
    {"lr": 10.0, "l1": 0.2, "backtracking": True},
]


def plain(theta, *, lr, l1, l2, backtracking, **_):
    if backtracking:
        return None

    def step(t, grads, loss):
        for p, g in zip(theta, grads, strict=True):
            v = p - lr * g
            p[...] = np.sign(v) * np.maximum(abs(v) - lr * l1, 0) / (1 + lr * l2)

    return step
