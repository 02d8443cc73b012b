"""One library on real images, in a process of its own; answers ``fit`` with a line of JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HIDDEN = (256, 128)
BATCH = 128
MOST_EPOCHS = 30
CLASSES = np.arange(10)

# Trains for one epoch; says how accurate the model is on the images that it was not trained on.
Epoch = Callable[[], object]
Accuracy = Callable[[], float]


def estimator(library: str, images: list[NDArray[Any]]) -> tuple[Epoch, Accuracy]:
    """Start thalweg or scikit-learn: one API, two modules."""
    X_train, X_test, y_train, y_test = images
    settings: dict[str, Any] = {"hidden_layer_sizes": HIDDEN, "batch_size": BATCH}
    settings["random_state"] = 0
    if library == "scikit-learn":
        from sklearn.neural_network import MLPClassifier
    else:
        from thalweg import MLPClassifier

        if library == "thalweg bfloat16":
            settings["precision"] = "bfloat16"
    model = MLPClassifier(**settings)
    return (
        lambda: model.partial_fit(X_train, y_train, classes=CLASSES),
        lambda: float(model.score(X_test, y_test)),
    )


def pytorch(images: list[NDArray[Any]]) -> tuple[Epoch, Accuracy]:
    """Start PyTorch, with its fused Adam."""
    import torch

    X_train, X_test, y_train, y_test = (torch.from_numpy(part) for part in images)
    torch.manual_seed(0)
    layers: list[Any] = []
    width = X_train.shape[1]
    for units in HIDDEN:
        layers += [torch.nn.Linear(width, units), torch.nn.ReLU()]
        width = units
    model = torch.nn.Sequential(*layers, torch.nn.Linear(width, len(CLASSES))).to(X_train.dtype)
    loss_of = torch.nn.CrossEntropyLoss()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)

    def epoch() -> None:
        for batch in torch.randperm(len(X_train)).split(BATCH):
            adam.zero_grad()
            loss_of(model(X_train[batch]), y_train[batch]).backward()
            adam.step()

    def accuracy() -> float:
        with torch.inference_mode():
            return float((model(X_test).argmax(1) == y_test).double().mean())

    return epoch, accuracy


def main() -> None:
    """Answer commands until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library")
    parser.add_argument("images", type=Path, help="an .npz file of the four parts")
    parser.add_argument("target", type=float)
    arguments = parser.parse_args()
    # Nothing a library prints may come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")
    with np.load(arguments.images) as parts:
        images = [parts[name] for name in sorted(parts)]

    for line in sys.stdin:
        if line.strip() != "fit":
            raise SystemExit(f"unknown command {line!r}")
        if arguments.library == "PyTorch":
            epoch, accuracy = pytorch(images)
        else:
            epoch, accuracy = estimator(arguments.library, images)
        seconds: list[float] = []
        reached = 0.0
        while reached < arguments.target and len(seconds) < MOST_EPOCHS:
            start = time.perf_counter()
            epoch()
            seconds.append(time.perf_counter() - start)
            reached = accuracy()
        answer = {"seconds": sum(seconds), "epochs": len(seconds), "accuracy": reached}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
