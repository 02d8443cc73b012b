"""SAM: settings and the plain rule around momentum."""

import numpy as np

from thalweg.optimizers import SGD, Adam

SETTINGS = [{}, {"base": SGD(lr=0.1, momentum=0.9), "rho": 0.2}, {"base": Adam(lr=0.1)}]
PARITY = {"sam_sgd": {"base": SGD(lr=0.01, momentum=0.8), "rho": 0.1}}


def plain(theta, *, base, rho):
    if not isinstance(base, SGD):
        return None
    velocity = [np.zeros_like(p) for p in theta]

    def step(t, closure):
        _, grads = closure(theta)
        norm = np.sqrt(sum((g**2).sum() for g in grads))
        above = [p + rho * g / (norm + 1e-12) for p, g in zip(theta, grads, strict=True)]
        for p, g, v in zip(theta, closure(above)[1], velocity, strict=True):
            v[...] = base.momentum * v + g
            p -= base.lr * v

    return step
