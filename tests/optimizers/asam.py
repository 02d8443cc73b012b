"""ASAM: settings and the plain rule around momentum."""

import numpy as np

from thalweg.optimizers import SGD, Adam

SETTINGS = [
    {},
    {"base": SGD(lr=0.1, momentum=0.9), "rho": 0.2, "eta": 0.01},
    {"base": Adam(lr=0.1)},
]


def plain(theta, *, base, rho, eta):
    if not isinstance(base, SGD):
        return None
    velocity = [np.zeros_like(p) for p in theta]

    def step(t, closure):
        _, grads = closure(theta)
        sizes = [abs(p) + eta for p in theta]
        norm = np.sqrt(sum(((size * g) ** 2).sum() for size, g in zip(sizes, grads, strict=True)))
        scale = rho / (norm + 1e-12)
        moves = [scale * size**2 * g for size, g in zip(sizes, grads, strict=True)]
        above = [p + move for p, move in zip(theta, moves, strict=True)]
        for p, g, v in zip(theta, closure(above)[1], velocity, strict=True):
            v[...] = base.momentum * v + g
            p -= base.lr * v

    return step
