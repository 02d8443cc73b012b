"""Schedule-free AdamW: settings and the plain rule, which keeps x, y and z."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 1e-3, "weight_decay": 0.1, "warmup_steps": 3},
    {"warmup_steps": 5, "r": 1.5, "weight_lr_power": 0.0},
    {"warmup_steps": 4, "weight_lr_power": 0.5, "maximize": True},
]
PARITY = {
    "schedule_free_adamw_optax": {"lr": 0.05, "betas": (0.9, 0.95), "weight_decay": 0.1},
}


def plain(
    theta, *, lr, betas, eps, weight_decay, warmup_steps, r, weight_lr_power, maximize
):  # fmt: skip
    x, z = ([p.copy() for p in theta] for _ in range(2))
    v = [np.zeros_like(p) for p in theta]
    total = largest = 0.0

    def step(t, grads, loss):
        nonlocal total, largest
        rate = lr * min(1, t / warmup_steps) if warmup_steps else lr
        largest = max(largest, rate)
        weight = t**r * largest**weight_lr_power
        total += weight
        c = weight / total
        for i, (y, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g
            d = g / (np.sqrt(v[i] / (1 - betas[1] ** t)) + eps) + weight_decay * y
            z[i] = z[i] - rate * d
            x[i] = (1 - c) * x[i] + c * z[i]
            y[...] = betas[0] * x[i] + (1 - betas[0]) * z[i]

    return step
