"""PolyakSGD: settings and the plain rule."""

SETTINGS = [
    {},
    {"lr": 0.1},
    {"eps": 0.1, "f_min": 1.0, "c": 0.5},
    {"f_min": 30.0, "c": 100.0},
    {"f_min": 30.0, "variant": "sps+"},
]
PARITY = {"polyak_sgd": {"lr": 0.1}}


def plain(theta, *, lr, f_min, eps, variant, c):
    def step(t, grads, loss):
        gap = max(loss - f_min, 0) if variant == "sps+" else loss - f_min
        rate = min(gap / (c * sum((g**2).sum() for g in grads) + eps), lr)
        for p, g in zip(theta, grads, strict=True):
            p -= rate * g

    return step
