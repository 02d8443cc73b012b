"""The demo: digits -> live training -> test accuracy -> time beside scikit-learn -> picture."""

from __future__ import annotations

import copy
import statistics
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import neural_network
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import thalweg

Part = tuple[NDArray[np.float64], NDArray[np.int64]]  # images and labels

HIDDEN = (100,)
RATE = 3e-3
PATIENCE = 10  # epochs without a lower validation loss before the training stops
TURNS = 3  # timed fits of each library


@dataclass(frozen=True)
class Digits:
    """Digits, scaled to [0, 1], in three parts; images: (n, 64), labels: (n,)."""

    train: Part
    validation: Part
    test: Part

    @classmethod
    def load(cls, seed: int) -> Digits:
        """Split 60 / 20 / 20, with each digit as frequent in every part."""
        images, labels = load_digits(return_X_y=True)
        images = images / 16.0  # grey levels are 0..16
        rest, test, rest_labels, test_labels = train_test_split(
            images, labels, test_size=0.2, stratify=labels, random_state=seed
        )
        train, validation, train_labels, validation_labels = train_test_split(
            rest, rest_labels, test_size=0.25, stratify=rest_labels, random_state=seed
        )
        return cls((train, train_labels), (validation, validation_labels), (test, test_labels))


@dataclass
class History:
    """What each epoch gave."""

    train_loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)

    def best_epoch(self) -> int:
        """Return the epoch (from 1) with the lowest validation loss."""
        return 1 + int(np.argmin(self.validation_loss))


class Progress:
    """One line per epoch; on a terminal it is rewritten in place and every tenth is kept."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._in_place = sys.stdout.isatty()

    def show(self, epoch: int, history: History) -> None:
        """Print the newest epoch."""
        line = (
            f"epoch {epoch:4d}/{self._epochs}   train loss {history.train_loss[-1]:.4f}"
            f"   validation loss {history.validation_loss[-1]:.4f}"
            f"   validation accuracy {history.validation_accuracy[-1]:.4f}"
        )
        keep = not self._in_place or epoch % 10 == 0
        print(f"\r{line}" if self._in_place else line, end="\n" if keep else "", flush=True)

    def finish(self, epoch: int) -> None:
        """Leave the last line standing."""
        if self._in_place and epoch % 10 != 0:
            print()


def train(data: Digits, epochs: int, seed: int) -> tuple[Any, History]:
    """Train one epoch per ``partial_fit``; returns the best model and its history.

    ``partial_fit`` is scikit-learn's own way to look at a model between two epochs. It draws the
    order of the rows afresh from ``random_state`` at each call, so that is a generator here: an
    int would give the same order every time.
    """
    model = thalweg.MLPClassifier(
        HIDDEN, learning_rate_init=RATE, random_state=np.random.RandomState(seed)
    )
    classes = np.unique(data.train[1])
    images, labels = data.validation
    history, best, progress, epoch = History(), model, Progress(epochs), 0
    for epoch in range(1, epochs + 1):
        model.partial_fit(*data.train, classes=classes)
        probabilities = model.predict_proba(images)
        history.train_loss.append(float(model.loss_))
        history.validation_loss.append(float(log_loss(labels, probabilities, labels=classes)))
        hits = classes[probabilities.argmax(axis=1)] == labels
        history.validation_accuracy.append(float(hits.mean()))
        progress.show(epoch, history)
        if history.best_epoch() == epoch:
            best = copy.deepcopy(model)
        elif epoch - history.best_epoch() >= PATIENCE:
            break
    progress.finish(epoch)
    return best, history


def compare(data: Digits, epochs: int, seed: int) -> tuple[float, float, float, float]:
    """Time ``fit`` of both libraries; returns (ours, theirs) in seconds, then test accuracies.

    Both get the same settings and seed and run every epoch. The first fit of each is a warm-up
    and is not counted; then they take turns, so that a slow moment of the machine meets both.
    """
    settings: dict[str, Any] = {
        "hidden_layer_sizes": HIDDEN,
        "learning_rate_init": RATE,
        "max_iter": epochs,
        "early_stopping": True,
        "n_iter_no_change": epochs,
        "random_state": seed,
    }
    makers = (thalweg.MLPClassifier, neural_network.MLPClassifier)
    seconds: tuple[list[float], list[float]] = ([], [])
    accuracies = [0.0, 0.0]
    with warnings.catch_warnings():
        # The number of epochs is fixed on purpose: to reach it is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        for turn in range(TURNS + 1):
            for library, maker in enumerate(makers):
                model = maker(**settings)
                start = time.perf_counter()
                model.fit(*data.train)
                if turn > 0:
                    seconds[library].append(time.perf_counter() - start)
                accuracies[library] = float(model.score(*data.test))
    ours, theirs = (statistics.median(times) for times in seconds)
    return ours, theirs, accuracies[0], accuracies[1]


def draw(history: History, output: Path) -> bool:
    """Write the loss curve; returns False where matplotlib is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        return False
    epochs = range(1, len(history.train_loss) + 1)
    # A Figure of its own, not pyplot: no window, and no state left in the caller's matplotlib.
    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.plot(epochs, history.train_loss, label="train")
    axes.plot(epochs, history.validation_loss, label="validation")
    axes.axvline(history.best_epoch(), color="grey", linestyle=":", label="lowest validation loss")
    axes.set(title="thalweg on digits", xlabel="epoch", ylabel="log loss", ylim=(0, None))
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(output, dpi=150)
    return True


def run(epochs: int, seed: int, output: Path) -> None:
    """Run the whole demo and print what it finds."""
    data = Digits.load(seed)
    print(
        f"digits: {len(data.train[1])} images to train, {len(data.validation[1])} to validate, "
        f"{len(data.test[1])} to test; 64 -> {HIDDEN[0]} -> 10, Adam({RATE}), seed {seed}\n"
    )
    start = time.perf_counter()
    model, history = train(data, epochs, seed)
    elapsed = time.perf_counter() - start
    ran = len(history.train_loss)
    print(f"\n{ran} epochs in {elapsed:.2f} s, the validation after each included")
    print(f"test accuracy {model.score(*data.test):.4f} (of epoch {history.best_epoch()})\n")

    ours, theirs, our_accuracy, their_accuracy = compare(data, epochs, seed)
    print(f"fit of {epochs} epochs, median of {TURNS}   seconds   test accuracy")
    print(f"  {'thalweg':<28} {ours:9.4f} {our_accuracy:15.4f}")
    print(f"  {'scikit-learn':<28} {theirs:9.4f} {their_accuracy:15.4f}")
    print(f"  thalweg is {theirs / ours:.1f} times as fast, with the same settings and seed\n")

    if draw(history, output):
        print(f"loss curve: {output}")
    else:
        print("no picture without matplotlib: pip install 'thalweg[demo]'")
