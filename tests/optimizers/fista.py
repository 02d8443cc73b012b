"""FISTA: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {"lr": 0.1, "l1": 0.3},
    {"lr": 0.3, "l1": 0.1, "l2": 0.5, "restart": "function"},
    {"lr": 0.3, "l1": 0.2, "restart": "none"},
    {"lr": 10.0, "l1": 0.3, "backtracking": True},
]


def plain(theta, *, lr, l1, l2, restart, backtracking, **_):
    if backtracking:
        return None
    previous = [p.copy() for p in theta]
    state = {"t": 1.0, "m": 0.0, "objective": np.inf}

    def step(t, closure):
        penalty = sum(l1 * abs(p).sum() + l2 * (p * p).sum() / 2 for p in theta)
        objective = closure(theta)[0] + penalty
        if restart == "function" and objective > state["objective"]:
            state.update(t=1.0, m=0.0)
        state["objective"] = objective
        ahead = [p + state["m"] * (p - q) for p, q in zip(theta, previous, strict=True)]
        turned = 0.0
        for p, q, y, g in zip(theta, previous, ahead, closure(ahead)[1], strict=True):
            q[...] = p
            v = y - lr * g
            p[...] = np.sign(v) * np.maximum(abs(v) - lr * l1, 0) / (1 + lr * l2)
            turned += ((y - p) * (p - q)).sum()
        if restart == "gradient" and turned > 0:
            state.update(t=1.0, m=0.0)
            return
        after = (1 + np.sqrt(1 + 4 * state["t"] ** 2)) / 2
        state.update(t=after, m=(state["t"] - 1) / after)

    return step
