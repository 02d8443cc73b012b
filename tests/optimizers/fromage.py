"""Fromage: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.3, "p_bound": 0.8},
    {"lr": 0.3, "p_bound": 1.01, "maximize": True},
    {"min_norm": 2.0, "lr": 0.1},
    {"min_norm": 0.0, "maximize": True},
]
PARITY = {"fromage": {"lr": 0.05}}


def plain(theta, *, lr, p_bound, min_norm, maximize):
    longest = [np.inf if p_bound is None else p_bound * np.linalg.norm(p) for p in theta]

    def step(t, grads, loss):
        for p, g, most in zip(theta, grads, longest, strict=True):
            g = -g if maximize else g
            of_p, of_g = (max(np.linalg.norm(x), min_norm) for x in (p, g))
            ratio = of_p / of_g if of_p > 0 and of_g > 0 else 1.0
            p -= lr * ratio * g
            p /= np.sqrt(1 + lr**2)
            if np.linalg.norm(p) > most:
                p *= most / np.linalg.norm(p)

    return step
