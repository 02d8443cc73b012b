"""LAMB: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 1e-3, "weight_decay": 0.1},
    {"weight_decay": 0.1, "decoupled_weight_decay": True, "lr": 0.1},
    {"maximize": True, "weight_decay": 0.1},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
PARITY = {
    "lamb_keras": {
        "lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "weight_decay": 0.1,
        "decoupled_weight_decay": True,
    },
}  # fmt: skip


def plain(theta, *, lr, betas, eps, weight_decay, maximize, decoupled_weight_decay, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            u = m[i] / (1 - betas[0] ** t) / (np.sqrt(v[i] / (1 - betas[1] ** t)) + eps)
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                u = u + weight_decay * p
            of_p, of_u = np.linalg.norm(p), np.linalg.norm(u)
            p -= lr * (of_p / of_u if of_p > 0 and of_u > 0 else 1.0) * u

    return step
