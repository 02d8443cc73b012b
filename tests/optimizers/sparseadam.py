"""SparseAdam: settings and the plain rule, for gradients that have every row once."""

import numpy as np

SETTINGS = [{}, {"lr": 0.1, "betas": (0.8, 0.9), "eps": 1e-3}, {"maximize": True}]


def plain(theta, *, lr, betas, eps, maximize):
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))

    def step(t, grads, loss):
        rate = lr * np.sqrt(1 - betas[1] ** t) / (1 - betas[0] ** t)
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            p -= rate * m[i] / (np.sqrt(v[i]) + eps)

    return step
