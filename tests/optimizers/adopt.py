"""ADOPT: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 0.3, "clip_exponent": 0.1},
    {"clip_exponent": None, "nesterov": True},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decouple": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decouple": True},
]
PARITY = {"adopt": {"lr": 0.05, "betas": (0.8, 0.9)}}


def plain(
    theta, *, lr, betas, eps, clip_exponent, weight_decay, decouple, nesterov, maximize,
    decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))

    def step(t, grads, loss):
        bound = np.inf if clip_exponent is None else (t - 1) ** clip_exponent
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if not decouple:
                g = g + weight_decay * p
            if t == 1:
                v[i] = g * g
                continue
            if decouple:
                p *= 1 - decay
            u = np.clip(g / np.maximum(np.sqrt(v[i]), eps), -bound, bound)
            m[i] = betas[0] * m[i] + (1 - betas[0]) * u
            p -= lr * (betas[0] * m[i] + (1 - betas[0]) * u if nesterov else m[i])
            v[i] = betas[1] * v[i] + (1 - betas[1]) * g * g

    return step
