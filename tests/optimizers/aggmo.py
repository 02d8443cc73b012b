"""AggMo: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"betas": (0.9,)},
    {"betas": (0.0, 0.9), "weight_decay": 0.1, "maximize": True},
    {"betas": (0.0, 0.9, 0.99, 0.999), "weight_decay": 0.1, "decoupled_weight_decay": True},
    *({"betas": tuple(1 - 0.5**k for k in range(count))} for count in (5, 6, 7, 8)),
    {"weight_decay": 0.01, "decay_with_lr": False, "decoupled_weight_decay": True},
]


def plain(theta, *, lr, betas, weight_decay, decoupled_weight_decay, maximize, decay_with_lr):
    decay = weight_decay * (lr if decay_with_lr else 1)
    velocities = [[np.zeros_like(p) for p in theta] for _ in betas]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = -g if maximize else g
            if decoupled_weight_decay:
                p *= 1 - decay
            else:
                g = g + weight_decay * p
            for beta, velocity in zip(betas, velocities, strict=True):
                velocity[i] = beta * velocity[i] + g
            p -= lr / len(betas) * sum(velocity[i] for velocity in velocities)

    return step
