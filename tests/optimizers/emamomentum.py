"""EMAMomentum: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "beta": 0.7, "debias": True},
    {"weight_decay": 0.1, "maximize": True},
    {"lr": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
PARITY = {
    "ema_momentum_brief_formula_i": {"lr": 0.02, "beta": 0.8},
    "ema_momentum_debiased": {"lr": 0.02, "beta": 0.8, "debias": True},
}


def plain(
    theta, *, lr, beta, debias, weight_decay, decoupled_weight_decay, maximize, decay_with_lr
):
    decay = weight_decay * (lr if decay_with_lr else 1)
    v = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            v[i] = beta * v[i] + (1 - beta) * g
            p -= lr * v[i] / (1 - beta**t if debias else 1)

    return step
