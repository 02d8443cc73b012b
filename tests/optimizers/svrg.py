"""SVRG: settings and the plain rule around momentum."""

import numpy as np

from thalweg.optimizers import SGD, Adam

SETTINGS = [
    {},
    {"base": SGD(lr=0.1, momentum=0.9), "period": 3},
    {"base": Adam(lr=0.1), "period": 2},
]


def plain(theta, *, base, period):
    if not isinstance(base, SGD):
        return None
    velocity = [np.zeros_like(p) for p in theta]
    anchor, whole = [], []

    def step(t, closure):
        _, grads = closure(theta)
        if (t - 1) % period == 0:
            anchor[:] = [p.copy() for p in theta]
            whole[:] = closure(anchor)[1]
        there = closure(anchor)[1]
        for p, v, g, h, mu in zip(theta, velocity, grads, there, whole, strict=True):
            v[...] = base.momentum * v + (g - h + mu)
            p -= base.lr * v

    return step
