"""RAdam: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.9), "eps": 1e-3},
    {"betas": (0.5, 0.9), "unrectified": "skip", "weight_decay": 0.1},
    {"betas": (0.5, 0.6)},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True, "unrectified": "skip"},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]


def plain(
    theta, *, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize, unrectified,
    decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))
    rho_inf = 2 / (1 - betas[1]) - 1

    def step(t, grads, loss):
        rho = rho_inf - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        stays = rho <= 5 and unrectified == "skip"
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 if stays else 1 - decay
            else:
                g = g + weight_decay * p
            m[i] = betas[0] * m[i] + (1 - betas[0]) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            mean = m[i] / (1 - betas[0] ** t)
            if rho > 5:
                r = (rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho)
                p -= lr * mean * np.sqrt(r * (1 - betas[1] ** t)) / (np.sqrt(v[i]) + eps)
            elif not stays:
                p -= lr * mean

    return step
