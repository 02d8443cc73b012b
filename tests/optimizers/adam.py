"""Adam: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 1e-3},
    {"weight_decay": 0.1},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"amsgrad": True, "betas": (0.5, 0.5)},
    {"epsilon_hat": True, "eps": 1e-3},
    {"maximize": True, "weight_decay": 0.1},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
_KERAS = {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-3, "epsilon_hat": True}
PARITY = {
    "adam_keras": _KERAS,
    "adam_amsgrad_keras": {**_KERAS, "amsgrad": True},
    "adamw_keras": {**_KERAS, "weight_decay": 0.1, "decoupled_weight_decay": True},
}


def plain(
    theta, *, lr, betas, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay, epsilon_hat,
    decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, v, largest = ([np.zeros_like(p) for p in theta] for _ in range(3))

    def step(t, grads, loss):
        correction = np.sqrt(1 - betas[1] ** t)
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            largest[i] = np.maximum(largest[i], v[i])
            root = np.sqrt(largest[i] if amsgrad else v[i])
            root = (root + eps) / correction if epsilon_hat else root / correction + eps
            p -= lr / (1 - betas[0] ** t) * m[i] / root

    return step
