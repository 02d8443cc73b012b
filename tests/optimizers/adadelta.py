"""Adadelta: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.7, "rho": 0.6, "eps": 1e-3},
    {"rho": 1.0, "lr": 0.1},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]


def plain(theta, *, lr, rho, eps, weight_decay, maximize, decoupled_weight_decay, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    v, u = ([np.zeros_like(p) for p in theta] for _ in range(2))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            v[i] = rho * v[i] + (1 - rho) * g * g
            d = np.sqrt(u[i] + eps) / np.sqrt(v[i] + eps) * g
            u[i] = rho * u[i] + (1 - rho) * d * d
            p -= lr * d

    return step
