"""One library in a process of its own: predictions, and training on inputs of many kinds.

Answers each line of input with a line of JSON: the seconds of a call.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

BOTH = ("float32", "float64")
FEATURES = 50
HIDDEN = (100,)
# Seconds that repetitions of a short call should take together.
TOGETHER = 0.05


@dataclass(frozen=True)
class Input:
    """What a call is given: predictions on so many rows, or training on a kind of input."""

    rows: int
    method: str = "fit"
    model: str = "MLPClassifier"
    kind: str = "array"
    features: int = FEATURES
    dtypes: tuple[str, ...] = ("float64",)

    def load(self, dtype: str) -> tuple[Any, NDArray[np.int64]]:
        """Return X and labels; the same at every call."""
        rng = np.random.default_rng(20260101)
        X = rng.integers(0, 4, (self.rows, self.features)).astype(np.float32)
        y = (X[:, :5].sum(axis=1) > 7.5).astype(np.int64)
        if self.kind == "sparse":
            return csr_array(X * (rng.random(X.shape) < 0.01)).astype(dtype), y
        return KINDS[self.kind](X.astype(dtype, copy=False)), y


def frame(X: NDArray[Any]) -> pd.DataFrame:
    """Return a frame of columns of four dtypes in turn."""
    dtypes = ["float64", "int64", "float32", "uint8"]
    return pd.DataFrame({f"x{i}": X[:, i].astype(dtypes[i % 4]) for i in range(X.shape[1])})


KINDS: dict[str, Callable[[NDArray[Any]], Any]] = {
    "array": np.ascontiguousarray,
    "bytes": lambda X: X.astype(np.uint8),
    "integers": lambda X: X.astype(np.int64),
    "half": lambda X: X.astype(np.float16),
    "fortran": np.asfortranarray,
    "frame": frame,
}
_TRAIN = 100_000
WORKLOADS = {
    **{
        f"{model[3:].lower()} {method}, {rows} rows": Input(rows, method, model, dtypes=BOTH)
        for model, method in (
            ("MLPRegressor", "predict"),
            ("MLPClassifier", "predict"),
            ("MLPClassifier", "predict_proba"),
        )
        for rows in (1, 100, 100_000, 200_000)
    },
    **{f"an epoch on {kind}": Input(_TRAIN, kind=kind) for kind in KINDS},
    "an epoch on sparse": Input(_TRAIN, kind="sparse", features=2000),
}


class Calls:
    """A fitted model, and the call that is timed."""

    def __init__(self, library: str, workload: Input, dtype: str) -> None:
        module = "thalweg" if library == "thalweg" else "sklearn.neural_network"
        make = getattr(importlib.import_module(module), workload.model)
        self._model = make(hidden_layer_sizes=HIDDEN, max_iter=1, random_state=0)
        self._X, self._y = workload.load(dtype)
        self._method = workload.method
        if workload.method != "fit":
            few = Input(1000, features=workload.features).load(dtype)
            self._model.fit(*few)

    def seconds(self) -> float:
        """Return the seconds of a call: of a short one the median of many."""
        if self._method == "fit":
            return self._time(lambda: self._model.fit(self._X, self._y))
        method = getattr(self._model, self._method)
        first = self._time(lambda: method(self._X))
        count = max(1, min(300, int(TOGETHER / first)))
        return statistics.median(self._time(lambda: method(self._X)) for _ in range(count))

    @staticmethod
    def _time(call: Callable[[], object]) -> float:
        start = time.perf_counter()
        call()
        return time.perf_counter() - start


def main() -> None:
    """Answer until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=["thalweg", "scikit-learn"])
    parser.add_argument("workload", choices=list(WORKLOADS))
    parser.add_argument("dtype", choices=BOTH)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # that an epoch does not converge is intended
    calls = Calls(arguments.library, WORKLOADS[arguments.workload], arguments.dtype)
    for _ in sys.stdin:
        print(json.dumps({"seconds": calls.seconds()}), flush=True)


if __name__ == "__main__":
    main()
