"""One library in a process of its own: reads commands from stdin, answers in lines of JSON.

Commands: ``about``, ``fit`` (seconds per epoch, final loss), ``peak`` (thalweg: operations a second
of all threads), ``predict`` (seconds per one-row prediction). compare.py starts the workers and
says whose turn it is.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import json
import statistics
import sys
import time
import warnings
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_info

from workloads import WORKLOADS, Workload

LIBRARIES = ("thalweg", "thalweg bf16", "scikit-learn", "PyTorch", "PyTorch fused")
PREDICTIONS = 300  # one-row predictions per turn, of which the median is reported


class Model(Protocol):
    """What a library must offer to be measured."""

    def fit(self) -> float:
        """Train a fresh model for `workload.epochs` epochs; returns the last training loss."""

    def predict(self, row: NDArray[Any]) -> int:
        """Predict the class of one row: (1, features)."""

    def about(self) -> dict[str, Any]:
        """Describe the library: version, and what it computes with."""


class ScikitLearnApi:
    """thalweg and scikit-learn: one API, two modules."""

    def __init__(
        self, library: str, workload: Workload, rows: NDArray[Any], labels: NDArray[Any]
    ) -> None:
        ours = library.startswith("thalweg")
        if ours:
            import thalweg

            self._class: Any = thalweg.MLPClassifier
        else:
            from sklearn.neural_network import MLPClassifier

            self._class = MLPClassifier
        self._is_ours = ours
        self._settings = {
            "hidden_layer_sizes": workload.hidden,
            "batch_size": workload.batch,
            "max_iter": workload.epochs,
            "n_iter_no_change": workload.epochs + 1,  # every epoch is run
            "random_state": 0,
        }
        if library == "thalweg bf16":
            self._settings["precision"] = "bfloat16"
        self._rows, self._labels = rows, labels

    def fit(self) -> float:
        """Train a fresh model."""
        self._model = self._class(**self._settings).fit(self._rows, self._labels)
        return float(self._model.loss_)

    def predict(self, row: NDArray[Any]) -> int:
        """Predict one row."""
        return int(self._model.predict(row)[0])

    def about(self) -> dict[str, Any]:
        """Version; the BLAS kernel, or the instruction set and the number of threads."""
        if self._is_ours:
            from thalweg import _core

            threads = _core.get_num_threads()
            return {
                "version": _core.__version__,
                "isa": _core.isa(),
                "threads": threads,
            }
        import sklearn

        blas = [
            {
                key: pool.get(key)
                for key in ("internal_api", "version", "architecture", "num_threads")
            }
            for pool in threadpool_info()
            if pool["user_api"] == "blas"
        ]
        return {"version": sklearn.__version__, "numpy": np.__version__, "blas": blas}


class PyTorch:
    """The loop a PyTorch user writes, with Adam as it comes, or fused, which is its fastest."""

    def __init__(
        self, workload: Workload, rows: NDArray[Any], labels: NDArray[Any], fused: bool
    ) -> None:
        import torch

        self._torch = torch
        self._adam = {"fused": True} if fused else {}
        self._workload = workload
        self._rows, self._labels = torch.from_numpy(rows), torch.from_numpy(labels)
        self._dtype = self._rows.dtype
        if workload.classes == 2:
            self._labels = self._labels.to(self._dtype)

    def _build(self) -> Any:
        torch = self._torch
        units = self._workload.units
        layers: list[Any] = []
        for fan_in, fan_out in itertools.pairwise(units):
            layers += [torch.nn.Linear(fan_in, fan_out, dtype=self._dtype), torch.nn.ReLU()]
        return torch.nn.Sequential(*layers[:-1])

    def fit(self) -> float:
        """Train a fresh model."""
        torch = self._torch
        torch.manual_seed(0)
        self._model = self._build()
        two = self._workload.classes == 2
        loss_of = torch.nn.BCEWithLogitsLoss() if two else torch.nn.CrossEntropyLoss()
        # scikit-learn's alpha: its gradient is alpha * W / batch, on the weights alone.
        decay = 1e-4 / self._workload.batch
        weights = [p for name, p in self._model.named_parameters() if name.endswith("weight")]
        biases = [p for name, p in self._model.named_parameters() if name.endswith("bias")]
        groups = [{"params": weights, "weight_decay": decay}, {"params": biases}]
        adam = torch.optim.Adam(groups, lr=1e-3, **self._adam)
        for _ in range(self._workload.epochs):
            total = 0.0
            for batch in torch.randperm(len(self._rows)).split(self._workload.batch):
                adam.zero_grad()
                output = self._model(self._rows[batch])
                loss = loss_of(output.squeeze(1) if two else output, self._labels[batch])
                loss.backward()
                adam.step()
                total += loss.item() * len(batch)
        return float(total / len(self._rows))

    def predict(self, row: NDArray[Any]) -> int:
        """Predict one row."""
        with self._torch.inference_mode():
            output = self._model(self._torch.from_numpy(row))
        return int(output > 0) if self._workload.classes == 2 else int(output.argmax())

    def about(self) -> dict[str, Any]:
        """Version and number of threads."""
        return {"version": self._torch.__version__, "threads": self._torch.get_num_threads()}


def model(library: str, workload: Workload, rows: NDArray[Any], labels: NDArray[Any]) -> Model:
    """Return a library's model of a workload."""
    if library.startswith("PyTorch"):
        return PyTorch(workload, rows, labels, fused=library.endswith("fused"))
    return ScikitLearnApi(library, workload, rows, labels)


@functools.cache
def data(name: str, dtype: str) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return a workload's rows and labels, made once in each process."""
    return WORKLOADS[name].load(dtype)


def fit(library: str, name: str, dtype: str) -> None:
    """Train a model of its own, on rows that may be another's as well; here for joblib to find."""
    # In joblib's processes too: max_iter is reached on purpose.
    warnings.simplefilter("ignore")
    model(library, WORKLOADS[name], *data(name, dtype)).fit()


def seconds_of_fit(model: Model, workload: Workload) -> dict[str, float]:
    """Time one fit; returns seconds per epoch and the loss, which says that work was done."""
    start = time.perf_counter()
    loss = model.fit()
    return {"seconds": (time.perf_counter() - start) / workload.epochs, "loss": loss}


def seconds_of_predict(model: Model, row: NDArray[Any]) -> dict[str, float]:
    """Time one-row predictions one by one; returns the median."""
    seconds = []
    for _ in range(PREDICTIONS):
        start = time.perf_counter()
        model.predict(row)
        seconds.append(time.perf_counter() - start)
    return {"seconds": statistics.median(seconds)}


def main() -> None:
    """Answer commands until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=LIBRARIES)
    parser.add_argument("workload", choices=list(WORKLOADS))
    parser.add_argument("dtype", choices=["float32", "float64"])
    arguments = parser.parse_args()
    # Nothing a library prints may come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    # max_iter is reached on purpose.
    warnings.simplefilter("ignore")

    workload = WORKLOADS[arguments.workload]
    rows, labels = data(workload.name, arguments.dtype)
    measured = model(arguments.library, workload, rows, labels)
    row = rows[:1].copy()
    for line in sys.stdin:
        answer: Any
        match line.strip():
            case "about":
                answer = measured.about()
            case "fit":
                answer = seconds_of_fit(measured, workload)
            case "peak":
                from thalweg import _core

                answer = _core.fma_peak(arguments.dtype, _core.get_num_threads())
            case "predict":
                answer = seconds_of_predict(measured, row)
            case command:
                raise SystemExit(f"unknown command {command!r}")
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
