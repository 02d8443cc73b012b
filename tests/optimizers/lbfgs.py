"""LBFGS: settings, and the plain rule with a dense matrix in the place of the two loops."""

import numpy as np

SETTINGS = [
    {},
    {"lr": 0.5, "max_iter": 3, "history_size": 2},
    {"lr": 0.1, "max_iter": 1, "history_size": 3, "tolerance_grad": 0.0},
    {"line_search_fn": "strong_wolfe"},
    {"line_search_fn": "strong_wolfe", "max_iter": 4, "max_eval": 6, "history_size": 2},
]


def plain(theta, *, lr, max_iter, history_size, line_search_fn, **_):
    if line_search_fn is not None or max_iter > 1:
        return None
    pairs, before = [], {}

    def step(t, closure):
        _, grads = closure(theta)
        g = np.concatenate([grad.ravel() for grad in grads])
        H = np.eye(len(g))
        if before:
            s, y = before["move"], g - before["g"]
            if y @ s > 1e-10:
                pairs.append((s, y))
                del pairs[:-history_size]
                before["scale"] = y @ s / (y @ y)
            H *= before.get("scale", 1)
            for s, y in pairs:
                V = np.eye(len(g)) - np.outer(y, s) / (y @ s)
                H = V.T @ H @ V + np.outer(s, s) / (y @ s)
        length = lr if before else lr * min(1, 1 / abs(g).sum())
        before.update(move=-length * (H @ g), g=g)
        at = 0
        for p in theta:
            p += before["move"][at : at + p.size].reshape(p.shape)
            at += p.size

    return step
