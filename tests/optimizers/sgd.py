"""SGD: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True},
    {"momentum": 0.9, "dampening": 0.3},
    {"weight_decay": 0.1},
    {"momentum": 0.5, "weight_decay": 0.1, "maximize": True},
    {"momentum": 0.9, "rate_in_velocity": True},
    {"momentum": 0.9, "nesterov": True, "rate_in_velocity": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True, "momentum": 0.9, "nesterov": True},
    {"weight_decay": 0.01, "decoupled_weight_decay": True, "decay_with_lr": False, "momentum": 0.9},
    {
        "weight_decay": 0.1,
        "decoupled_weight_decay": True,
        "momentum": 0.9,
        "rate_in_velocity": True,
    },
]
PARITY = {
    "heavy_ball_trace": {"lr": 0.02, "momentum": 0.8},
    "nesterov_trace": {"lr": 0.02, "momentum": 0.8, "nesterov": True},
}


def plain(
    theta, *, lr, momentum, dampening, weight_decay, nesterov, maximize, rate_in_velocity,
    decoupled_weight_decay, decay_with_lr,
):  # fmt: skip
    velocity = [np.zeros_like(p) for p in theta]

    def step(t, grads, loss):
        for p, g, v in zip(theta, grads, velocity, strict=True):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - weight_decay * (lr if decay_with_lr else 1)
            else:
                g = g + weight_decay * p
            if rate_in_velocity:
                v[...] = momentum * v - lr * g
                p += momentum * v - lr * g if nesterov else v
                continue
            v[...] = momentum * v + (1 if t == 1 else 1 - dampening) * g
            p -= lr * (g + momentum * v if nesterov else v)

    return step
