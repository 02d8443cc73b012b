"""One library's linear models in a process of its own: answers each "fit" with a line of JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

BOTH = ("float32", "float64")


@dataclass(frozen=True)
class Linear:
    """A model, and the shape of what it is trained on.

    Dense features are normal; sparse ones fall as words do, the k-th with a frequency like 1 / k.
    Labels come from a linear teacher with noise.
    """

    model: str  # the class, of the same name in both libraries
    rows: int
    features: int
    classes: int = 2
    stored: int = 0  # elements of a row of a CSR matrix; 0: dense
    settings: dict[str, Any] = field(default_factory=dict)
    dtypes: tuple[str, ...] = BOTH
    has_peer: bool = True  # otherwise the rate at which rows are read is what counts

    def load(self, dtype: str, scale: float) -> tuple[Any, NDArray[np.int64]]:
        """Return X and y; the same at every call."""
        rng = np.random.default_rng(20260101)
        rows = max(int(self.rows * scale), 10 * self.classes)
        teacher = rng.standard_normal((self.features, self.classes), np.float32)
        if self.stored:
            X: Any = self._sparse(rng, rows).astype(dtype)
        else:
            X = rng.standard_normal((rows, self.features), np.float32)
        scores = np.asarray(X @ teacher)
        scores += rng.gumbel(scale=scores.std() / 4, size=scores.shape)
        return X.astype(dtype, copy=False), scores.argmax(axis=1).astype(np.int64)

    def _sparse(self, rng: np.random.Generator, rows: int) -> Any:
        drawn = self.stored * 6 // 5  # a sixth of the words comes again
        words = np.floor(np.exp(rng.random((rows, drawn)) * np.log(self.features))) - 1
        indptr = np.arange(rows + 1, dtype=np.int32) * drawn
        values = rng.random(rows * drawn) / np.sqrt(drawn)
        shape = (rows, self.features)
        X = csr_matrix((values, words.astype(np.int32).ravel(), indptr), shape)
        X.sum_duplicates()
        return X


# Rows, features and classes.
_DENSE = (200_000, 50, 2)
_IMAGES = (20_000, 784, 10)
_WORDS = (50_000, 47_000, 2)
_EPOCHS = {"max_iter": 5, "tol": None, "random_state": 0}
# A number of passes, so that both do the same work.
_SAGA = {"solver": "saga", "max_iter": 5, "tol": 0, "random_state": 0}
_LBFGS = {"solver": "lbfgs", "max_iter": 20, "tol": 0}
_BATCHES = {"solver": "SGD", "batch_size": 4096, "tol": None, "random_state": 0}
WORKLOADS = {
    "hinge": Linear("SGDClassifier", *_DENSE, settings=_EPOCHS),
    "ten classes": Linear("SGDClassifier", *_IMAGES, settings=_EPOCHS),
    "words": Linear("SGDClassifier", *_WORDS, stored=75, settings=_EPOCHS),
    "words, eight classes": Linear("SGDClassifier", *_WORDS[:2], 8, stored=75, settings=_EPOCHS),
    "logistic saga": Linear("LogisticRegression", *_DENSE, settings=_SAGA),
    "logistic lbfgs": Linear("LogisticRegression", *_DENSE, settings=_LBFGS),
    "logistic saga, ten classes": Linear(
        "LogisticRegression", *_IMAGES, settings={**_SAGA, "max_iter": 2}
    ),
    "logistic lbfgs, ten classes": Linear("LogisticRegression", *_IMAGES, settings=_LBFGS),
    "logistic saga, words": Linear("LogisticRegression", *_WORDS, stored=75, settings=_SAGA),
    "logistic lbfgs, words": Linear("LogisticRegression", *_WORDS, stored=75, settings=_LBFGS),
    "mini-batches": Linear(
        "SGDClassifier", 1_000_000, 100, settings=_BATCHES, dtypes=("float32",), has_peer=False
    ),
    "mini-batches in order": Linear(
        "SGDClassifier",
        1_000_000,
        100,
        settings={**_BATCHES, "shuffle": False},
        dtypes=("float32",),
        has_peer=False,
    ),
}


def fit(model: Any, X: Any, y: NDArray[np.int64]) -> float:
    """Return the seconds of a fit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that so few epochs do not converge is intended
        start = time.perf_counter()
        model.fit(X, y)
        return time.perf_counter() - start


def rates(X: NDArray[Any], threads: int) -> dict[str, float]:
    """Return the bytes a second at which all threads together read the rows of X.

    In order, by whichever way is best, and at random, copied batch by batch to where the cache
    holds them.
    """
    parts, w = np.array_split(X, threads), np.ones(X.shape[1], X.dtype)
    order = np.array_split(np.random.default_rng(0).permutation(len(X)), threads)
    batches = [np.array_split(rows, -(-len(rows) // 1024)) for rows in order]

    def gather(batches: list[NDArray[np.int64]]) -> None:
        space = np.empty((1024, X.shape[1]), X.dtype)
        for rows in batches:
            np.take(X, rows, axis=0, out=space[: len(rows)], mode="clip")

    ways: list[tuple[str, Callable[[Any], object], list[Any]]] = [
        ("order", lambda part: part.sum(), parts),
        ("order", lambda part: part @ w, parts),
        ("random", gather, batches),
    ]
    best: dict[str, float] = {"order": 0.0, "random": 0.0}
    with ThreadPoolExecutor(threads) as pool:
        for name, read, pieces in ways:
            for _ in range(3):
                start = time.perf_counter()
                list(pool.map(read, pieces))
                best[name] = max(best[name], X.nbytes / (time.perf_counter() - start))
    return best


def answer(library: str, workload: Linear, X: Any, y: NDArray[np.int64]) -> dict[str, float]:
    """Train once, and tell how long it took and what came of it."""
    threads = int(os.environ["THALWEG_NUM_THREADS"])
    module = "thalweg" if library == "thalweg" else "sklearn.linear_model"
    make = getattr(importlib.import_module(module), workload.model)
    settings = dict(workload.settings)
    if workload.model == "SGDClassifier" and workload.classes > 2:
        settings["n_jobs"] = threads
    if workload.has_peer:
        model = make(**settings)
        return {"seconds": fit(model, X, y), "score": float(model.score(X[:5000], y[:5000]))}
    # What an epoch more costs: checking X reads it too.
    few, many = (fit(make(**settings, max_iter=epochs), X, y) for epochs in (1, 6))
    return {"seconds": (many - few) / 5, "bytes": X.nbytes, **rates(X, threads)}


def main() -> None:
    """Answer until the input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=["thalweg", "scikit-learn"])
    parser.add_argument("workload", choices=list(WORKLOADS))
    parser.add_argument("dtype", choices=BOTH)
    parser.add_argument("scale", type=float)
    arguments = parser.parse_args()
    workload = WORKLOADS[arguments.workload]
    X, y = workload.load(arguments.dtype, arguments.scale)
    for _ in sys.stdin:
        print(json.dumps(answer(arguments.library, workload, X, y)), flush=True)


if __name__ == "__main__":
    main()
