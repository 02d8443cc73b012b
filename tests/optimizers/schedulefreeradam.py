"""Schedule-free RAdam: settings and the plain rule, which keeps x, y and z."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.1},
    {"silent_sgd_phase": False, "weight_decay": 0.1, "r": 1.5},
    {"weight_lr_power": 0.0, "maximize": True},
    {"weight_lr_power": 0.5},
    {"betas": (0.9, 0.5)},
]


def plain(
    theta, *, lr, betas, eps, weight_decay, r, weight_lr_power, silent_sgd_phase, maximize
):  # fmt: skip
    x, z = ([p.copy() for p in theta] for _ in range(2))
    v = [np.zeros_like(p) for p in theta]
    total = largest = 0.0

    def factor(t):
        greatest = 2 / (1 - betas[1]) - 1
        n = greatest - 2 * t * betas[1] ** t / (1 - betas[1] ** t)
        if n <= 4:
            return None
        return np.sqrt((n - 4) * (n - 2) * greatest / ((greatest - 4) * (greatest - 2) * n))

    def step(t, grads, loss):
        nonlocal total, largest
        found = factor(t)
        rate = lr * (float(not silent_sgd_phase) if found is None else found)
        largest = max(largest, rate)
        weight = t**r * largest**weight_lr_power
        total += weight
        c = weight / total if total > 0 else 0
        for i, (y, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            d = g if found is None else g / (np.sqrt(v[i] / (1 - betas[1] ** t)) + eps)
            d = d + weight_decay * y
            z[i] = z[i] - rate * d
            x[i] = (1 - c) * x[i] + c * z[i]
            y[...] = betas[0] * x[i] + (1 - betas[0]) * z[i]

    return step
