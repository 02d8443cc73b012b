"""QHM: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "momentum": 0.5, "nu": 0.2},
    {"nu": 0.0, "weight_decay": 0.1, "maximize": True},
    {"nu": 1.0, "weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
PARITY = {"qhm": {"lr": 0.02, "momentum": 0.9, "nu": 0.7}}


def plain(
    theta, *, lr, momentum, nu, weight_decay, decoupled_weight_decay, maximize, decay_with_lr
):
    decay = weight_decay * (lr if decay_with_lr else 1)
    b = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            b[i] = momentum * b[i] + (1 - momentum) * g
            p -= lr * (nu * b[i] + (1 - nu) * g)

    return step
