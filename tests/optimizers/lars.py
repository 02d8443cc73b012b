"""LARS: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"momentum": 0.5, "weight_decay": 0.1, "trust_coefficient": 0.5, "eps": 0.1},
    {"nesterov": True, "trust_coefficient": 0.1},
    {"maximize": True, "weight_decay": 0.1},
]
PARITY = {
    "lars": {
        "lr": 0.5, "weight_decay": 0.1, "trust_coefficient": 0.05, "eps": 1e-3, "momentum": 0.8
    },
    "lars_nesterov": {"lr": 0.5, "trust_coefficient": 0.05, "momentum": 0.8, "nesterov": True},
}  # fmt: skip


def plain(theta, *, lr, momentum, weight_decay, trust_coefficient, eps, nesterov, maximize):
    velocity = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for p, g, v in zip(theta, grads, velocity, strict=True):
            g = (-g if maximize else g) + weight_decay * p
            of_p, of_g = np.linalg.norm(p), np.linalg.norm(g)
            ratio = trust_coefficient * of_p / (of_g + eps) if of_p > 0 and of_g > 0 else 1.0
            v[...] = momentum * v + lr * ratio * g
            p -= momentum * v + lr * ratio * g if nesterov else v

    return step
