"""DAdaptAdaGrad: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"d0": 1e-2, "momentum": 0.5, "weight_decay": 0.1, "eps": 1e-3},
    {"d0": 0.1, "growth_rate": 1.1, "maximize": True},
]
PARITY = {"dadapt_adagrad": {"lr": 1.0, "d0": 1e-3}}
# The estimate is the difference of sums that nearly cancel, and the authors' code adds up their
# changes.
TOLERANCE = {"dadapt_adagrad": 1e-8}


def plain(theta, *, lr, momentum, weight_decay, eps, d0, growth_rate, maximize):
    start, s = [p.copy() for p in theta], [np.zeros_like(p) for p in theta]
    a = [np.full_like(p, 1e-6) for p in theta]
    d, squares = d0, 0.0

    def step(t, grads, loss):
        nonlocal d, squares
        of_sum = magnitude = of_gradient = 0.0
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = (-g if maximize else g) + weight_decay * p
            a[i] = a[i] + g * g
            s[i] = s[i] + lr * d * g
            root = np.sqrt(a[i]) + eps
            of_gradient += (g * g / root).sum()
            of_sum += (s[i] ** 2 / root).sum()
            magnitude += abs(s[i]).sum()
        squares += (lr * d) ** 2 * of_gradient
        d = max(d, min((of_sum - squares) / magnitude, d * growth_rate))
        for i, p in enumerate(theta):
            z = start[i] - s[i] / (np.sqrt(a[i]) + eps)
            p[...] = momentum * p + (1 - momentum) * z

    return step
