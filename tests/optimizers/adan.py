"""Adan: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.6, 0.7), "eps": 1e-3, "weight_decay": 0.1},
    {"weight_decay": 0.1, "no_prox": True, "maximize": True},
    {"max_grad_norm": 1.0},
    {"max_grad_norm": 1e6},
    {"weight_decay": 0.01, "decay_with_lr": False},
]
PARITY = {"adan_prox": {"lr": 0.05, "weight_decay": 0.1}}


def plain(theta, *, lr, betas, eps, weight_decay, max_grad_norm, no_prox, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, e, v, before = ([np.zeros_like(p) for p in theta] for _ in range(4))

    def step(t, grads, loss):
        norm = np.sqrt(sum((g * g).sum() for g in grads))
        clip = min(1, max_grad_norm / (norm + eps)) if max_grad_norm > 0 else 1
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = (-g if maximize else g) * clip
            d = g - before[i] if t > 1 else 0 * g
            before[i] = g
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            e[i] = betas[1] * e[i] + (1 - betas[1]) * d
            v[i] = betas[2] * v[i] + (1 - betas[2]) * (g + betas[1] * d) ** 2
            mean, change, square = (
                x / (1 - beta**t) for x, beta in zip((m[i], e[i], v[i]), betas, strict=True)
            )
            u = (mean + betas[1] * change) / (np.sqrt(square) + eps)
            if no_prox:
                p *= 1 - decay
                p -= lr * u
            else:
                p -= lr * u
                p /= 1 + decay

    return step
