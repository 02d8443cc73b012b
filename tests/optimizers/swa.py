"""SWA: settings; it leaves the steps alone, and what it averages is tested by hand."""

from thalweg.optimizers import EMA, SGD, Adam, Lookahead

SETTINGS = [
    {},
    {"optimizer": Adam(lr=0.1), "start": 2, "frequency": 2},
    {"optimizer": EMA(SGD(lr=0.1)), "start": 2},
    {"optimizer": Lookahead(SGD(lr=0.1)), "frequency": 3},
]


def plain(theta, *, optimizer, start, frequency):
    if not isinstance(optimizer, SGD):
        return None

    def step(t, grads, loss):
        for p, g in zip(theta, grads, strict=True):
            p -= optimizer.lr * g

    return step
