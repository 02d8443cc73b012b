"""AdamW: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"weight_decay": 0.0},
    {"amsgrad": True, "betas": (0.5, 0.5)},
    {"maximize": True},
    {"weight_decay": 0.01, "decay_with_lr": False},
]


def plain(theta, *, lr, betas, eps, weight_decay, amsgrad, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, v, largest = ([np.zeros_like(p) for p in theta] for _ in range(3))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            p *= 1 - decay
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            largest[i] = np.maximum(largest[i], v[i])
            root = np.sqrt((largest[i] if amsgrad else v[i]) / (1 - betas[1] ** t))
            p -= lr / (1 - betas[0] ** t) * m[i] / (root + eps)

    return step
