"""GradientDescent: settings, and Armijo's rule as he wrote it."""

SETTINGS = [
    {},
    {"lr": 3.0, "c1": 0.3, "decrease_factor": 0.8},
    {"lr": 4.0, "increase_factor": 1.5, "max_ls": 7},
    {"line_search": "wolfe", "lr": 0.01, "c2": 0.5},
    {"line_search": "strong_wolfe", "lr": 2.0, "c2": 0.2},
]


def plain(theta, *, lr, line_search, c1, decrease_factor, increase_factor, **_):
    if line_search != "armijo":
        return None
    last = None

    def step(t, closure):
        nonlocal last
        loss, grads = closure(theta)
        squares = sum((g * g).sum() for g in grads)
        rate = lr if increase_factor is None or not last else min(lr, increase_factor * last)
        while True:
            trial = [p - rate * g for p, g in zip(theta, grads, strict=True)]
            if closure(trial)[0] <= loss - c1 * rate * squares:
                break
            rate *= decrease_factor
        last = rate
        for p, moved in zip(theta, trial, strict=True):
            p[...] = moved

    return step
