"""DAdaptAdam: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"d0": 1e-2, "betas": (0.5, 0.7), "eps": 1e-3, "weight_decay": 0.1},
    {"d0": 1e-2, "weight_decay": 0.1, "decouple": True, "use_bias_correction": True},
    {"d0": 0.1, "growth_rate": 1.1, "maximize": True},
    {"d0": 1e-2, "weight_decay": 0.01, "decay_with_lr": False, "decouple": True},
]
PARITY = {
    "dadapt_adamw_optax": {
        "d0": 1e-3, "weight_decay": 0.1, "decouple": True, "use_bias_correction": True
    }
}  # fmt: skip


def plain(
    theta,
    *,
    lr,
    betas,
    eps,
    weight_decay,
    decouple,
    use_bias_correction,
    d0,
    growth_rate,
    maximize,
    decay_with_lr,
):
    m, v, s = ([np.zeros_like(p) for p in theta] for _ in range(3))
    beta1, beta2, beta3 = *betas, np.sqrt(betas[1])
    d, numerator = d0, 0.0

    def step(t, grads, loss):
        nonlocal d, numerator
        rate = d * lr
        if use_bias_correction:
            rate *= np.sqrt(1 - beta2**t) / (1 - beta1**t)
        numerator *= beta3
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = (-g if maximize else g) + (0 if decouple else weight_decay) * p
            numerator += (1 - beta3) * rate * (g * s[i] / (np.sqrt(v[i]) + eps)).sum()
            m[i] = beta1 * m[i] + (1 - beta1) * rate * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            s[i] = beta3 * s[i] + (1 - beta3) * rate * g
        estimate = numerator / ((1 - beta3) * sum(abs(part).sum() for part in s))
        d = max(d, min(estimate, d * growth_rate))
        for i, p in enumerate(theta):
            if decouple:
                p *= 1 - weight_decay * (rate if decay_with_lr else 1)
            p -= m[i] / (np.sqrt(v[i]) + eps)

    return step
