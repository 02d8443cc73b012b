"""NovoGrad: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.9, 0.25), "eps": 1e-3, "weight_decay": 0.1},
    {"grad_averaging": True, "weight_decay": 0.1},
    {"maximize": True, "weight_decay": 0.1},
]


def plain(theta, *, lr, betas, eps, weight_decay, grad_averaging, maximize):
    m, v = [np.zeros_like(p) for p in theta], [0.0 for _ in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            square = np.sum(g * g)
            v[i] = square if t == 1 else betas[1] * v[i] + (1 - betas[1]) * square
            added = g / (np.sqrt(v[i]) + eps) + weight_decay * p
            m[i] = betas[0] * m[i] + (1 - betas[0] if grad_averaging else 1) * added
            p -= lr * m[i]

    return step
