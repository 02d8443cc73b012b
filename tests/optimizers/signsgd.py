"""SignSGD: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "weight_decay": 0.1, "maximize": True},
    {"lr": 0.1, "weight_decay": 0.5, "decoupled_weight_decay": False},
    {"weight_decay": 0.01, "decay_with_lr": False},
]
PARITY = {"sign_sgd": {"lr": 0.05}}


def plain(theta, *, lr, weight_decay, decoupled_weight_decay, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)

    def step(t, grads, loss):
        for p, g in zip(theta, grads, strict=True):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            p -= lr * np.sign(g)

    return step
