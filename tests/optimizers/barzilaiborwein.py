"""BarzilaiBorwein: settings, and the plain rule with its safeguard."""

SETTINGS = [
    {},
    {"lr": 5.0, "method": "BB2", "memory": 1},
    {"lr": 0.2, "method": "alternate", "memory": 3, "c1": 0.1, "decrease_factor": 0.3},
]


def plain(theta, *, lr, method, memory, c1, decrease_factor, **_):
    losses, before = [], {}

    def step(t, closure):
        loss, grads = closure(theta)
        losses.append(loss)
        rate = before.get("rate", lr)
        if before:
            s = [p - q for p, q in zip(theta, before["theta"], strict=True)]
            y = [g - h for g, h in zip(grads, before["grads"], strict=True)]
            ss, sy, yy = (
                sum((a * b).sum() for a, b in zip(left, right, strict=True))
                for left, right in ((s, s), (s, y), (y, y))
            )
            long = method == "BB1" or (method == "alternate" and t % 2 == 0)
            rate = (ss / sy if long else sy / yy) if sy > 0 else rate
        squares = sum((g * g).sum() for g in grads)
        while True:
            trial = [p - rate * g for p, g in zip(theta, grads, strict=True)]
            if closure(trial)[0] <= max(losses[-memory:]) - c1 * rate * squares:
                break
            rate *= decrease_factor
        before.update(theta=[p.copy() for p in theta], grads=grads, rate=rate)
        for p, moved in zip(theta, trial, strict=True):
            p[...] = moved

    return step
