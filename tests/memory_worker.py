"""Trains on, and predicts from, a matrix that lies in a file; test_mlp_memory runs it.

``memory_worker.py model kind path rows features`` prints by how many bytes this process's own
memory (``RssAnon``: no pages of files) has grown at most, and what the model itself takes.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from thalweg import MLPClassifier, MLPRegressor

PERIOD = 0.002  # seconds between two looks


def own_memory() -> int:
    """Return the bytes of this process that no file backs."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise SystemExit("no RssAnon in /proc/self/status")


def growth(call: Callable[[], object]) -> int:
    """Return by how much it grows at most while `call` runs."""
    before = own_memory()
    most, done = before, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(PERIOD):
            most = max(most, own_memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    call()
    done.set()
    watcher.join()
    return max(most, own_memory()) - before


def load(kind: str, path: str, rows: int, features: int) -> Any:
    """Return the matrix: a memmap of some dtype and order, a frame on it, or CSR."""
    dtype, _, order = kind.partition(" ")
    if dtype == "csr":
        # Three stored elements a row.
        indices = np.sort(np.arange(3) * 1000 + np.arange(3 * rows).reshape(rows, 3) % 997, axis=1)
        indptr = np.arange(rows + 1) * 3
        return sparse.csr_array((np.ones(3 * rows), indices.ravel(), indptr), (rows, features))
    shape = (rows, features)
    X = np.memmap(path, dtype, "r", shape=shape, order="F" if order == "fortran" else "C")
    if order == "frame":
        columns = {f"x{i}": X[:, i] for i in range(features)}
        return pd.DataFrame(columns, copy=False)
    return X


def main() -> None:
    name, kind, path = sys.argv[1:4]
    rows, features = map(int, sys.argv[4:])
    warnings.simplefilter("ignore")
    X = load(kind, path, rows, features)
    y = np.arange(rows) % 2 if name == "MLPClassifier" else np.arange(rows, dtype=float) % 7
    settings = {"hidden_layer_sizes": (8,), "max_iter": 1, "random_state": 0}
    estimator = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[name]
    # What is imported and allocated once is no growth.
    few = X[:3000] if isinstance(X, np.ndarray | sparse.csr_array) else X.iloc[:3000]
    estimator(**settings, early_stopping=True).fit(few, y[:3000]).predict(few)
    model = estimator(**settings, batch_size=500, early_stopping=True)
    fit = growth(lambda: model.fit(X, y))
    predict = growth(lambda: model.predict(X))
    size = sum(part.nbytes for part in [*model.coefs_, *model.intercepts_])
    print(fit, predict, size)


if __name__ == "__main__":
    main()
