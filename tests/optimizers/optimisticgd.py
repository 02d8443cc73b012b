"""OptimisticGD: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "alpha": 0.5, "beta": 0.25},
    {"beta": 0.0, "weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
PARITY = {"optimistic_gd": {"lr": 0.01}}


def plain(theta, *, lr, alpha, beta, weight_decay, decoupled_weight_decay, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    previous = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            p -= lr * ((alpha + beta) * g - beta * (g if t == 1 else previous[i]))
            previous[i] = g

    return step
