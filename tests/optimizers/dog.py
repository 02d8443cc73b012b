"""DoG: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.5, "reps_rel": 1e-2, "weight_decay": 0.1, "eps": 1e-2},
    {"init_eta": 0.1, "maximize": True},
]
PARITY = {"dog": {"reps_rel": 1e-2, "eps": 1e-8}}


def plain(theta, *, lr, reps_rel, weight_decay, eps, init_eta, maximize):
    start = [p.copy() for p in theta]
    distance = reps_rel * (1 + np.sqrt(sum((p**2).sum() for p in theta)))
    squares = eps

    def step(t, grads, loss):
        nonlocal distance, squares
        way = [p - p0 for p, p0 in zip(theta, start, strict=True)]
        distance = max(distance, np.sqrt(sum((part**2).sum() for part in way)))
        sign = -1 if maximize else 1
        g = [sign * g + weight_decay * p for p, g in zip(theta, grads, strict=True)]
        squares += sum((part**2).sum() for part in g)
        rate = init_eta if t == 1 and init_eta is not None else lr * distance / np.sqrt(squares)
        for p, part in zip(theta, g, strict=True):
            p -= rate * part

    return step
