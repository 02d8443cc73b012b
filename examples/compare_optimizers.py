"""Train one network on digits by every optimizer there is: a table, and a picture of the losses.

Each gets the same network, data, seed and number of epochs, and the best of a few learning rates
around its default, for the defaults suit very different problems. It is a look at all of them
side by side and no contest: one small data set ranks nothing.

Usage: python compare_optimizers.py [picture.png] [--quick]; needs matplotlib.
"""

import argparse
import math
import time
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from thalweg import MLPClassifier
from thalweg.optimizers import Optimizer, all_optimizers

COLUMNS = 8


@dataclass
class Result:
    """How one optimizer did at its best learning rate."""

    name: str
    losses: list[float] = field(default_factory=list)
    rate: float | None = None
    accuracy: float = math.nan
    seconds: float = math.nan  # per epoch
    refusal: str = ""


def candidates(
    optimizer: type[Optimizer], factors: list[float]
) -> list[tuple[float | None, Optimizer]]:
    """Return the optimizer at several rates; a wrapper's rate is that of what it wraps."""
    default = optimizer()
    rates = [name for name in default.get_params() if name.rpartition("__")[2] == "lr"]
    if not rates:
        return [(None, default)]
    key = min(rates, key=len)
    base = default.get_params()[key]
    return [(base * f, optimizer().set_params(**{key: base * f})) for f in factors]


def train(optimizer: type[Optimizer], data: list[Any], epochs: int, factors: list[float]) -> Result:
    """Fit once for each rate and keep the fit that ends lowest."""
    X_train, X_test, y_train, y_test = data
    best = Result(optimizer.__name__)
    for rate, solver in candidates(optimizer, factors):
        model = MLPClassifier(
            (32,), solver=solver, max_iter=epochs, n_iter_no_change=epochs + 1, random_state=0
        )
        start = time.perf_counter()
        try:
            model.fit(X_train, y_train)
        except (TypeError, ValueError) as error:  # a rate that diverges, or no solver for a network
            best.refusal = str(error)
            continue
        seconds = (time.perf_counter() - start) / epochs
        losses = model.loss_curve_
        if not best.losses or losses[-1] < best.losses[-1]:
            accuracy = model.score(X_test, y_test)
            best = Result(optimizer.__name__, losses, rate, accuracy, seconds)
    return best


def print_table(results: list[Result], left_out: list[Result]) -> None:
    """Print the results, lowest loss first, and what is not among them."""
    width = max(len(result.name) for result in results)
    print(f"{'optimizer':<{width}}  {'rate':>8}  {'loss':>9}  {'accuracy':>8}  {'ms/epoch':>8}")
    for result in results:
        rate = "" if result.rate is None else f"{result.rate:.1e}"
        print(
            f"{result.name:<{width}}  {rate:>8}  {result.losses[-1]:9.2e}"
            f"  {result.accuracy:8.3f}  {1e3 * result.seconds:8.2f}"
        )
    for result in left_out:
        print(f"left out: {result.name}: {result.refusal}")


def draw(results: list[Result], picture: str) -> None:
    """Draw a small panel for each optimizer, with the others behind it in grey."""
    columns = min(COLUMNS, len(results))
    rows = math.ceil(len(results) / columns)
    figure = Figure(figsize=(1.75 * columns + 0.6, 1.45 * rows + 1.0), layout="constrained")
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat
    everything = np.concatenate([result.losses for result in results])
    for panel, result in zip(panels, results, strict=False):
        for other in results:
            panel.plot(range(1, len(other.losses) + 1), other.losses, color="0.86", linewidth=0.6)
        panel.plot(range(1, len(result.losses) + 1), result.losses, color="#d55e00", linewidth=1.8)
        panel.set_title(result.name, fontsize=8.5, fontweight="bold", pad=3)
        panel.text(
            0.95, 0.93, f"{100 * result.accuracy:.1f} %", transform=panel.transAxes,
            ha="right", va="top", fontsize=7.5,
        )  # fmt: skip
        panel.set_yscale("log")
        panel.set_ylim(max(everything.min(), 1e-5) / 1.5, everything.max() * 1.5)
        panel.tick_params(which="both", labelsize=7)
        panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
        panel.spines[["top", "right"]].set_visible(False)
    for panel in list(panels)[len(results) :]:
        panel.remove()
    figure.suptitle("Digits: training loss, and accuracy on test data", fontsize=11)
    figure.supxlabel("epoch", fontsize=9)
    figure.supylabel("log loss", fontsize=9)
    figure.savefig(picture, dpi=150)


def main() -> None:
    """Compare, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("picture", nargs="?", default="compare_optimizers.png")
    parser.add_argument("--quick", action="store_true", help="few epochs, each at its default rate")
    arguments = parser.parse_args()
    epochs, factors = (3, [1.0]) if arguments.quick else (20, [0.1, 1.0, 10.0, 100.0])

    X, y = load_digits(return_X_y=True)
    data = train_test_split(X / 16, y, stratify=y, random_state=0)
    with warnings.catch_warnings():
        # The number of epochs is fixed on purpose: to reach it is no news.
        warnings.simplefilter("ignore", ConvergenceWarning)
        everything = [train(optimizer, data, epochs, factors) for optimizer in all_optimizers()]
    results = sorted((r for r in everything if r.losses), key=lambda r: r.losses[-1])
    print_table(results, [r for r in everything if not r.losses])
    draw(results, arguments.picture)
    print(f"loss curves: {arguments.picture}")


if __name__ == "__main__":
    main()
