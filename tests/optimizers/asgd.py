"""ASGD: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "lambd": 0.5, "alpha": 0.6, "t0": 2.0},
    {"t0": 0.0, "weight_decay": 0.1},
    {"t0": 1.5, "maximize": True, "weight_decay": 0.1},
]


def plain(theta, *, lr, lambd, alpha, t0, weight_decay, maximize):
    average = [np.zeros_like(p) for p in theta]
    eta, mu = lr, 1.0

    def step(t, grads, loss):
        nonlocal eta, mu
        for p, g, a in zip(theta, grads, average, strict=True):
            g = (-g if maximize else g) + weight_decay * p
            p *= 1 - lambd * eta
            p -= eta * g
            a += mu * (p - a)
        eta, mu = lr / (1 + lambd * lr * t) ** alpha, 1 / max(1, t - t0)

    return step
