"""Adafactor: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.5, "beta2_decay": -0.5, "weight_decay": 0.1},
    {"eps": (1e-2, 0.5), "d": 1.5},
    {"maximize": True, "weight_decay": 0.1, "d": 2.0},
    {"weight_decay": 0.01, "decay_with_lr": False},
]
PARITY = {"adafactor_optax": {"lr": 0.05}}
# optax computes the decay in single precision.
TOLERANCE = {"adafactor_optax": 2e-8}


def plain(theta, *, lr, beta2_decay, eps, d, weight_decay, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    rows = [np.zeros(p.shape[:-1]) for p in theta]
    columns = [np.zeros(p.shape[:-2] + p.shape[-1:]) for p in theta]
    square = [np.zeros_like(p) for p in theta]
    least = np.finfo(np.float64).eps if eps[0] is None else eps[0]

    def step(t, grads, loss):
        w, highest = t**beta2_decay, min(lr, 1 / np.sqrt(t))
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            alpha = max(eps[1], np.sqrt(np.mean(p * p))) * highest
            p *= 1 - decay
            if g.ndim > 1:
                rows[i] += w * ((g * g).mean(-1) - rows[i])
                columns[i] += w * ((g * g).mean(-2) - columns[i])
                scale = rows[i] / np.maximum(rows[i].mean(-1, keepdims=True), least)
                v = scale[..., :, None] * columns[i][..., None, :]
            else:
                square[i] += w * (g * g - square[i])
                v = square[i]
            u = g / np.sqrt(np.maximum(v, least**2))
            p -= alpha * u / max(1, np.sqrt(np.mean(u * u)) / d)

    return step
