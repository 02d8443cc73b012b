"""COCOB: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"alpha": 2.0, "eps": 0.5, "weight_decay": 0.1},
    {"maximize": True, "weight_decay": 0.1},
]
PARITY = {"cocob": {}}


def plain(theta, *, alpha, eps, weight_decay, maximize):
    start = [p.copy() for p in theta]
    largest = [np.full_like(p, eps) for p in theta]
    total, won, sums = ([np.zeros_like(p) for p in theta] for _ in range(3))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = (-g if maximize else g) + weight_decay * p
            largest[i] = np.maximum(largest[i], abs(g))
            total[i] = total[i] + abs(g)
            won[i] = np.maximum(won[i] - g * (p - start[i]), 0)
            sums[i] = sums[i] - g
            bound = largest[i] * np.maximum(total[i] + largest[i], alpha * largest[i])
            p[...] = start[i] + sums[i] / bound * (largest[i] + won[i])

    return step
