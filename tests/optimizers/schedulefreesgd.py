"""Schedule-free SGD: settings and the plain rule, which keeps x, y and z."""

SETTINGS = [
    {},
    {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1, "warmup_steps": 3},
    {"lr": 0.1, "warmup_steps": 5, "r": 1.5, "weight_lr_power": 0.0},
    {"lr": 0.1, "warmup_steps": 4, "weight_lr_power": 0.5, "maximize": True},
]
PARITY = {
    "schedule_free_sgd_y": {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1, "warmup_steps": 3},
    "schedule_free_sgd_optax": {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.1},
}


def plain(theta, *, lr, momentum, weight_decay, warmup_steps, r, weight_lr_power, maximize):
    x, z = ([p.copy() for p in theta] for _ in range(2))
    total = largest = 0.0

    def step(t, grads, loss):
        nonlocal total, largest
        rate = lr * min(1, t / warmup_steps) if warmup_steps else lr
        largest = max(largest, rate)
        weight = t**r * largest**weight_lr_power
        total += weight
        c = weight / total
        for i, (y, g) in enumerate(zip(theta, grads, strict=True)):
            g = (-g if maximize else g) + weight_decay * y
            z[i] = z[i] - rate * g
            x[i] = (1 - c) * x[i] + c * z[i]
            y[...] = momentum * x[i] + (1 - momentum) * z[i]

    return step
