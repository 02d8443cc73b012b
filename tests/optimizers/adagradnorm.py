"""AdaGradNorm: settings and the plain rule."""

import numpy as np

SETTINGS = [{}, {"lr": 0.5, "b0": 0.0}, {"b0": 3.0, "maximize": True}]


def plain(theta, *, lr, b0, maximize):
    total = b0**2

    def step(t, grads, loss):
        nonlocal total
        total += sum((g * g).sum() for g in grads)
        for p, g in zip(theta, grads, strict=True):
            p -= lr / np.sqrt(total) * (-g if maximize else g)

    return step
