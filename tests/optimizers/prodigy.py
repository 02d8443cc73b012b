"""Prodigy: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"d0": 1e-2, "betas": (0.5, 0.7), "beta3": 0.6, "eps": 1e-3, "weight_decay": 0.1},
    {"d0": 1e-2, "weight_decay": 0.1, "decouple": False, "use_bias_correction": True},
    {"d0": 0.1, "growth_rate": 1.1, "safeguard_warmup": True, "d_coef": 2.0, "maximize": True},
    {"d0": 1e-2, "slice_p": 3, "weight_decay": 0.1, "decouple": False, "maximize": True},
    {"d0": 1e-2, "weight_decay": 0.01, "decay_with_lr": False, "decouple": True},
]
PARITY = {
    "prodigy": {"lr": 1.0, "d0": 1e-3, "weight_decay": 0.1},
    "prodigy_optax": {"d0": 1e-3, "use_bias_correction": True},
}


def plain(
    theta, *, lr, betas, beta3, eps, weight_decay, decouple, use_bias_correction,
    safeguard_warmup, d0, d_coef, growth_rate, slice_p, maximize, decay_with_lr
):  # fmt: skip
    m, v = ([np.zeros_like(p) for p in theta] for _ in range(2))
    start = [p.ravel()[::slice_p].copy() for p in theta]
    s = [np.zeros_like(p) for p in start]
    beta1, beta2 = betas
    beta3 = np.sqrt(beta2) if beta3 is None else beta3
    d, largest, numerator = d0, d0, 0.0

    def step(t, grads, loss):
        nonlocal d, largest, numerator
        rate = d * lr
        if use_bias_correction:
            rate *= np.sqrt(1 - beta2**t) / (1 - beta1**t)
        numerator *= beta3
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = (-g if maximize else g) + (0 if decouple else weight_decay) * p
            picked = g.ravel()[::slice_p]
            numerator += d / d0 * rate * (picked * (start[i] - p.ravel()[::slice_p])).sum()
            m[i] = beta1 * m[i] + (1 - beta1) * d * g
            v[i] = beta2 * v[i] + (1 - beta2) * (d * g) ** 2
            s[i] = beta3 * s[i] + d / d0 * (d if safeguard_warmup else rate) * picked
        estimate = d_coef * numerator / sum(abs(part).sum() for part in s)
        d = max(d, estimate) if d == d0 else d
        largest = max(largest, estimate)
        d = min(largest, d * growth_rate)
        for i, p in enumerate(theta):
            if decouple:
                p *= 1 - weight_decay * (rate if decay_with_lr else 1)
            p -= rate * m[i] / (np.sqrt(v[i]) + d * eps)

    return step
