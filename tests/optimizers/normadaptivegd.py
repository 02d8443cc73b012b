"""NormAdaptiveGD: settings and the plain rule."""

SETTINGS = [
    {},
    {"lr": 0.5, "beta": 2.0},
    {"lr": 0.5, "beta": 2.0, "power": 0.5, "maximize": True},
    {"beta": 0.0},
]
PARITY = {"adaptive_lr_brief_formula_ii": {"lr": 0.05, "beta": 1e-3}}


def plain(theta, *, lr, beta, power, maximize):
    total = 0.0

    def step(t, grads, loss):
        nonlocal total
        total += sum((g * g).sum() for g in grads)
        for p, g in zip(theta, grads, strict=True):
            p -= lr * (1 + beta * total) ** -power * (-g if maximize else g)

    return step
