"""NesterovAG: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {"lr": 0.1},
    {"lr": 0.3, "restart": "function"},
    {"lr": 0.05, "momentum": 0.8, "restart": "none"},
    {"lr": 10.0, "backtracking": True},
    {"lr": 3.0, "backtracking": True, "decrease_factor": 0.8, "restart": "function"},
]


def plain(theta, *, lr, momentum, restart, backtracking, **_):
    if backtracking:
        return None
    previous = [p.copy() for p in theta]
    state = {"t": 1.0, "m": 0.0, "loss": np.inf}

    def step(t, closure):
        loss, _ = closure(theta)
        if restart == "function" and loss > state["loss"]:
            state.update(t=1.0, m=0.0)
        state["loss"] = loss
        ahead = [p + state["m"] * (p - q) for p, q in zip(theta, previous, strict=True)]
        turned = 0.0
        for p, q, y, g in zip(theta, previous, ahead, closure(ahead)[1], strict=True):
            q[...] = p
            p[...] = y - lr * g
            turned += (g * (p - q)).sum()
        if restart == "gradient" and turned > 0:
            state.update(t=1.0, m=0.0)
            return
        after = (1 + np.sqrt(1 + 4 * state["t"] ** 2)) / 2
        state.update(t=after, m=(state["t"] - 1) / after if momentum is None else momentum)

    return step
