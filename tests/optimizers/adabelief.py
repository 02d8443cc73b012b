"""AdaBelief: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.5, 0.7), "eps": 1e-3, "eps_root": 1e-4},
    {"weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "weight_decouple": False},
    {"amsgrad": True, "betas": (0.5, 0.5), "eps": 1e-8},
    {"rectify": True, "betas": (0.9, 0.99), "eps": 1e-8},
    {"weight_decay": 0.01, "decay_with_lr": False},
]
PARITY = {"adabelief": {"lr": 0.05, "betas": (0.8, 0.9), "eps": 1e-6, "eps_root": 1e-4}}


def plain(
    theta, *, lr, betas, eps, weight_decay, amsgrad, weight_decouple, rectify, eps_root, maximize,
    decay_with_lr
):  # fmt: skip
    decay = weight_decay * (lr if decay_with_lr else 1)
    beta1, beta2 = betas
    m, v, largest = ([np.zeros_like(p) for p in theta] for _ in range(3))

    def moved(t, m, v):
        if not rectify:
            return m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps)
        greatest = 2 / (1 - beta2) - 1
        length = greatest - 2 * t * beta2**t / (1 - beta2**t)
        if length < 5:
            return m / (1 - beta1**t)
        ratio = (length - 4) / (greatest - 4) * (length - 2) / length * greatest / (greatest - 2)
        return np.sqrt((1 - beta2**t) * ratio) / (1 - beta1**t) * m / (np.sqrt(v) + eps)

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if weight_decouple:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * (g - m[i]) ** 2 + eps_root
            largest[i] = np.maximum(largest[i], v[i])
            p -= lr * moved(t, m[i], largest[i] if amsgrad else v[i])

    return step
