"""NAdam: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 1e-3, "momentum_decay": 0.5},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
PARITY = {"nadam_keras": {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "momentum_decay": 1.0}}


def plain(
    theta, *, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize,
    decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))
    product = 1.0

    def mu(t):
        return betas[0] * (1 - 0.5 * 0.96 ** (t * momentum_decay))

    def step(t, grads, loss):
        nonlocal product
        product *= mu(t)
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            mean = (1 - mu(t)) * g / (1 - product) + mu(t + 1) * m[i] / (1 - product * mu(t + 1))
            p -= lr * mean / (np.sqrt(v[i] / (1 - betas[1] ** t)) + eps)

    return step
