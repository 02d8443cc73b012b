"""MoMo: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.1, "beta": 0.5, "weight_decay": 0.1},
    {"weight_decay": 0.1, "shrink_step": True, "lb": 0.5},
    {"bias_correction": True, "lr": 0.5},
    {"use_fstar": True, "lr": 0.5, "weight_decay": 0.1},
    {"use_fstar": True, "bias_correction": True, "lb": -1.0},
]


def dot(a, b):
    return sum((x * y).sum() for x, y in zip(a, b, strict=True))


def plain(theta, *, lr, weight_decay, beta, lb, bias_correction, use_fstar, shrink_step):
    d = [np.zeros_like(p) for p in theta]
    mean = gamma = 0.0
    bound, scale = lb, 1 + lr * weight_decay

    def step(t, grads, loss):
        nonlocal mean, gamma, bound
        beta_t = 0.0 if t == 1 and not bias_correction else beta
        for part, g in zip(d, grads, strict=True):
            part[...] = beta_t * part + (1 - beta_t) * g
        mean = beta_t * mean + (1 - beta_t) * loss
        gamma = beta_t * gamma + (1 - beta_t) * dot(grads, theta)
        rho = 1 - beta**t if bias_correction else 1.0
        slope, squares = dot(d, theta), dot(d, d)
        cap = scale * (mean - gamma) + slope
        if use_fstar and cap < scale * rho * bound:
            bound = max(cap / (2 * scale * rho), lb)
        fall = max(scale * (mean - rho * bound - gamma) + slope, 0)
        tau = min(lr / rho, fall / squares)
        if use_fstar:
            bound = max((mean + slope - gamma - tau * squares / 2) / rho, lb)
        for p, part in zip(theta, d, strict=True):
            p[...] = (p - tau * part) / scale if shrink_step else p / scale - tau * part

    return step
