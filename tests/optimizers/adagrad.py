"""Adagrad: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "lr_decay": 0.5, "initial_accumulator_value": 0.1, "eps": 1e-3},
    {"eps_in_sqrt": True, "initial_accumulator_value": 0.1, "eps": 1e-3},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True, "lr_decay": 0.5},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
_INSIDE = {"lr": 0.1, "initial_accumulator_value": 0.1, "eps": 1e-7, "eps_in_sqrt": True}
PARITY = {"adagrad_optax": _INSIDE, "adagrad_keras": _INSIDE}


def plain(
    theta,
    *,
    lr,
    lr_decay,
    weight_decay,
    initial_accumulator_value,
    eps,
    maximize,
    decoupled_weight_decay,
    eps_in_sqrt,
    decay_with_lr,
):
    total = [np.full_like(p, initial_accumulator_value) for p in theta]

    def step(t, grads, loss):
        rate = lr / (1 + (t - 1) * lr_decay)
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - weight_decay * (rate if decay_with_lr else rate / lr)
            else:
                g = g + weight_decay * p
            total[i] = total[i] + g * g
            p -= rate * g / (np.sqrt(total[i] + eps) if eps_in_sqrt else np.sqrt(total[i]) + eps)

    return step
