"""Lookahead: settings and the plain rule around momentum."""

import numpy as np

from thalweg.optimizers import ASAM, SGD, Adam, NAdam, Prodigy

SETTINGS = [
    {},
    {"optimizer": SGD(lr=0.1, momentum=0.9), "k": 2, "alpha": 0.8},
    {"optimizer": SGD(lr=0.1, momentum=0.9), "k": 3, "reset_state": True},
    {"optimizer": NAdam(lr=0.1), "k": 2, "reset_state": True},
    {"optimizer": Prodigy(d0=0.1), "k": 2, "reset_state": True},
    {"optimizer": ASAM(Adam(lr=0.1)), "k": 1},
]
PARITY = {"lookahead_sgd": {"optimizer": SGD(lr=0.01, momentum=0.8), "k": 3}}


def plain(theta, *, optimizer, k, alpha, reset_state):
    if not isinstance(optimizer, SGD):
        return None
    slow, velocity = [p.copy() for p in theta], [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for p, g, v, s in zip(theta, grads, velocity, slow, strict=True):
            v[...] = optimizer.momentum * v + g
            p -= optimizer.lr * v
            if t % k == 0:
                s += alpha * (p - s)
                p[...] = s
                v *= 0 if reset_state else 1

    return step
