"""EMA: settings; it leaves the steps alone, and what it averages is tested by hand."""

from thalweg.optimizers import EMA, SAM, SGD, SWA, AdamW, MoMo

SETTINGS = [
    {},
    {"optimizer": AdamW(lr=0.1), "decay": 0.5},
    {"optimizer": SWA(EMA(SGD(lr=0.1))), "decay": 0.9},
    {"optimizer": SAM(SGD(lr=0.1))},
    {"optimizer": MoMo()},
]


def plain(theta, *, optimizer, decay):
    if not isinstance(optimizer, SGD):
        return None

    def step(t, grads, loss):
        for p, g in zip(theta, grads, strict=True):
            p -= optimizer.lr * g

    return step
