"""DAdaptSGD: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"d0": 1e-2, "momentum": 0.5, "weight_decay": 0.1},
    {"d0": 0.1, "growth_rate": 1.1, "maximize": True},
]
PARITY = {"dadapt_sgd": {"lr": 1.0, "d0": 1e-3, "momentum": 0.9}}


def plain(theta, *, lr, momentum, weight_decay, d0, growth_rate, maximize):
    start, s = [p.copy() for p in theta], [np.zeros_like(p) for p in theta]
    d, numerator, first = d0, 0.0, None

    def step(t, grads, loss):
        nonlocal d, numerator, first
        first = np.sqrt(sum((g**2).sum() for g in grads)) if first is None else first
        rate = d * lr / first
        sign = -1 if maximize else 1
        for p, g, total in zip(theta, grads, s, strict=True):
            g = sign * g + weight_decay * p
            numerator += rate * (g * total).sum()
            total += rate * g
        norm = np.sqrt(sum((total**2).sum() for total in s))
        d = max(d, min(2 * numerator / norm, d * growth_rate))
        for p, p0, total in zip(theta, start, s, strict=True):
            p[...] = momentum * p + (1 - momentum) * (p0 - total)

    return step
