"""FTRL: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.5, "l1": 0.1, "l2": 0.2},
    {"lr": 0.5, "lr_power": -0.3, "beta": 0.0, "l1": 0.3, "l2_shrinkage": 0.1},
    {"lr_power": 0.0, "initial_accumulator": 0.1, "maximize": True},
    {"beta": 0.0},
]
# Keras counts L2 penalties twice.
_KERAS = {"l1": 0.1, "l2": 0.4, "l2_shrinkage": 0.1, "beta": 0.3, "initial_accumulator": 0.1}
PARITY = {
    "ftrl_mcmahan": {"lr": 0.5, "beta": 1.0, "l1": 0.1, "l2": 0.2},
    "ftrl_keras": {"lr": 0.5, **_KERAS},
}


def plain(
    theta, *, lr, lr_power, beta, l1, l2, l2_shrinkage, initial_accumulator, maximize
):  # fmt: skip
    n = [np.full_like(p, initial_accumulator) for p in theta]
    z = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            before, n[i] = n[i] ** -lr_power, n[i] + g * g
            after = n[i] ** -lr_power
            z[i] = z[i] + g + l2_shrinkage * p - (after - before) / lr * p
            beyond = np.where(abs(z[i]) <= l1, 0, z[i] - np.sign(z[i]) * l1)
            p[...] = -beyond / ((beta + after) / lr + l2)

    return step
