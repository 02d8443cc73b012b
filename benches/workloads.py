"""The workloads: what is trained, on which rows."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

CACHE_BYTES = 2 << 20  # a core's own, on the servers of today


@dataclass(frozen=True)
class Workload:
    """One network and its data: Adam, relu, log loss, scikit-learn's defaults otherwise."""

    name: str
    rows: int
    features: int
    hidden: tuple[int, ...]
    classes: int
    batch: int
    epochs: int  # epochs in one timed fit: enough to time, few enough to repeat

    @property
    def units(self) -> tuple[int, ...]:
        """Layer widths; two classes share one output, as in scikit-learn."""
        outputs = 1 if self.classes == 2 else self.classes
        return (self.features, *self.hidden, outputs)

    def flops_per_epoch(self) -> int:
        """Floating-point operations of the matrix products of one epoch.

        Forward, gradient of the weights and gradient of the inputs cost 2 operations per weight
        and row each; nobody needs the gradient of the first layer's inputs.
        """
        layers = [fan_in * fan_out for fan_in, fan_out in itertools.pairwise(self.units)]
        return 2 * self.rows * (3 * sum(layers) - layers[0])

    def bytes_per_epoch(self, itemsize: int) -> int:
        """Bytes that an epoch has to fetch from memory or write to it.

        Every row is read once. What a step works on stays in a core's cache where it fits: else
        Adam reads and writes parameters and both moments, and the gradient is written and read.
        """
        layers = itertools.pairwise(self.units)
        parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in layers)
        moved = self.rows * self.features * itemsize
        if 4 * parameters * itemsize > CACHE_BYTES:
            moved += -(-self.rows // self.batch) * 8 * parameters * itemsize
        return moved

    def load(self, dtype: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Return X: (rows, features) and the labels: (rows,); the same at every call.

        Digits are scikit-learn's. The other sets are drawn: normal features, and labels from a
        linear teacher with noise. An epoch costs the same on them as on the real set of that
        shape, and they need no download.
        """
        if self.name == "digits":
            images, labels = load_digits(return_X_y=True)
            return (images / 16.0).astype(dtype), labels.astype(np.int64)
        rng = np.random.default_rng(20260101)
        rows = rng.standard_normal((self.rows, self.features), dtype=np.float32)
        teacher = rng.standard_normal((self.features, self.classes), dtype=np.float32)
        scores = rows @ teacher
        scores += rng.gumbel(scale=scores.std() / 4, size=scores.shape)
        return rows.astype(dtype), scores.argmax(axis=1).astype(np.int64)


WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("tiny", 2000, 20, (10,), 2, 32, epochs=20),
        Workload("digits", 1797, 64, (100,), 10, 200, epochs=20),
        Workload("mnist-100", 60000, 784, (100,), 10, 200, epochs=2),
        Workload("mnist-512x2", 20000, 784, (512, 512), 10, 256, epochs=1),
        Workload("tab-256x3", 100000, 50, (256, 256, 256), 2, 1024, epochs=1),
        Workload("wide-2048", 8000, 1024, (2048, 2048), 10, 512, epochs=1),
    )
}
