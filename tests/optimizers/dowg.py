"""DoWG: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.5, "eps": 1e-2, "weight_decay": 0.1},
    {"init_estim_sq_dist": 0.1, "maximize": True},
]


def plain(theta, *, lr, init_estim_sq_dist, eps, weight_decay, maximize):
    start = [p.copy() for p in theta]
    distance = eps if init_estim_sq_dist is None else init_estim_sq_dist
    weighted = 0.0

    def step(t, grads, loss):
        nonlocal distance, weighted
        way = [p - p0 for p, p0 in zip(theta, start, strict=True)]
        distance = max(distance, sum((part**2).sum() for part in way))
        sign = -1 if maximize else 1
        g = [sign * g + weight_decay * p for p, g in zip(theta, grads, strict=True)]
        weighted += distance * sum((part**2).sum() for part in g)
        for p, part in zip(theta, g, strict=True):
            p -= lr * distance / (np.sqrt(weighted) + eps) * part

    return step
