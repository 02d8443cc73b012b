"""RMSprop: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"alpha": 0.5, "eps": 1e-2, "weight_decay": 0.1},
    {"alpha": 0.5, "eps": 1e-2, "momentum": 0.8},
    {"alpha": 0.5, "eps": 1e-2, "centered": True},
    {"alpha": 0.5, "eps": 1e-2, "centered": True, "momentum": 0.8},
    {"eps": 1e-2, "eps_in_sqrt": True},
    {"momentum": 0.8, "eps": 1e-2, "rate_in_velocity": True},
    {"momentum": 0.8, "weight_decay": 0.1, "maximize": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True, "centered": True, "eps": 1e-2},
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]
_OPTAX = {"lr": 0.02, "alpha": 0.9, "eps": 1e-4}
_INSIDE = {**_OPTAX, "eps_in_sqrt": True, "rate_in_velocity": True}
PARITY = {
    "rmsprop_optax_default_eps": _INSIDE,
    "rmsprop_optax_centered_mom": {**_INSIDE, "centered": True, "momentum": 0.7},
    "rmsprop_optax_torch_eps": _OPTAX,
    "rmsprop_keras": {**_INSIDE, "centered": True, "momentum": 0.7},
}


def plain(
    theta,
    *,
    lr,
    alpha,
    eps,
    weight_decay,
    momentum,
    centered,
    maximize,
    decoupled_weight_decay,
    eps_in_sqrt,
    rate_in_velocity,
    decay_with_lr,
):
    decay = weight_decay * (lr if decay_with_lr else 1)
    v, m, b = ([np.zeros_like(p) for p in theta] for _ in range(3))

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            v[i] = alpha * v[i] + (1 - alpha) * g * g
            m[i] = alpha * m[i] + (1 - alpha) * g
            square = np.maximum(v[i] - m[i] ** 2, 0) if centered else v[i]
            quotient = g / (np.sqrt(square + eps) if eps_in_sqrt else np.sqrt(square) + eps)
            b[i] = momentum * b[i] + (lr * quotient if rate_in_velocity else quotient)
            p -= b[i] if rate_in_velocity else lr * b[i]

    return step
