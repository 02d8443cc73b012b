"""SM3: settings and the plain rule."""

import numpy as np

SETTINGS = [
    {},
    {"momentum": 0.0, "eps": 1e-4},
    {"beta2": 0.9, "weight_decay": 0.1},
    {"maximize": True, "weight_decay": 0.1, "lr": 0.01},
]
PARITY = {"sm3": {"lr": 0.1, "momentum": 0.8}}


def plain(theta, *, lr, momentum, beta2, eps, weight_decay, maximize):
    m = [np.zeros_like(p) for p in theta]
    # A number has one axis of one place.
    along = [np.zeros_like(np.atleast_1d(p)) for p in theta]
    kept = [[np.zeros(extent) for extent in a.shape] for a in along]

    def step(t, grads, loss):
        for i, (p, g) in enumerate(zip(theta, grads, strict=True)):
            g = np.atleast_1d((-g if maximize else g) + weight_decay * p)
            axes = range(g.ndim)
            spread = [kept[i][k].reshape([-1 if axis == k else 1 for axis in axes]) for k in axes]
            least = np.full(g.shape, np.inf)
            for accumulator in spread:
                least = np.minimum(least, accumulator)
            v = beta2 * least + (1 - beta2 if beta2 < 1 else 1) * g * g
            kept[i] = [v.max(axis=tuple(axis for axis in axes if axis != k)) for k in axes]
            m[i] = momentum * m[i] + (1 - momentum) * (g / np.sqrt(v + eps)).reshape(p.shape)
            p -= lr * m[i]

    return step
