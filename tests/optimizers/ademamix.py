"""AdEMAMix: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7, 0.9), "alpha": 2.0, "eps": 1e-3, "weight_decay": 0.1},
    {"alpha_warmup": 5, "beta3_warmup": 6.0},
    {"betas": (0.0, 0.9, 0.99), "beta3_warmup": 100, "maximize": True},
    {"weight_decay": 0.01, "decay_with_lr": False},
]


def plain(
    theta, *, lr, betas, alpha, beta3_warmup, alpha_warmup, eps, weight_decay, maximize,
    decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    fast, slow, v = ([np.zeros_like(p) for p in theta] for _ in range(3))

    def half_life(beta):
        return np.log(0.5) / np.log(beta + 1e-8) - 1

    def step(t, grads, loss):
        part = 1 if alpha_warmup is None else min(1, t / alpha_warmup)
        beta3 = betas[2]
        if beta3_warmup is not None and t < beta3_warmup:
            a = t / beta3_warmup
            lives = (1 - a) * half_life(betas[0]) + a * half_life(betas[2])
            beta3 = 0.5 ** (1 / (lives + 1))
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            fast[i] = betas[0] * fast[i] + (1 - betas[0]) * g
            slow[i] = beta3 * slow[i] + (1 - beta3) * g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            mean = fast[i] / (1 - betas[0] ** t) + part * alpha * slow[i]
            root = np.sqrt(v[i] / (1 - betas[1] ** t)) + eps
            p *= 1 - decay
            p -= lr * mean / root

    return step
