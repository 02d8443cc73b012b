"""Rprop: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (0.05, 0.12)},
    {"maximize": True},
]


def plain(theta, *, lr, etas, step_sizes, maximize):
    previous = [np.zeros_like(p) for p in theta]
    length = [np.full_like(p, lr) for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            agreement = np.sign(g * previous[i])
            length[i] = length[i] * np.choose(agreement.astype(int) + 1, [etas[0], 1, etas[1]])
            length[i] = np.clip(length[i], *step_sizes)
            previous[i] = np.where(agreement < 0, 0, g)
            p -= np.sign(previous[i]) * length[i]

    return step
