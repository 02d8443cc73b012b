"""Progress of training by single samples on standard output, in scikit-learn's words."""

from __future__ import annotations

from time import perf_counter
from typing import Any


class EpochPrinter:
    """Called once per finished epoch; prints what ``verbose`` promises."""

    def __init__(self) -> None:
        self._begun = perf_counter()

    def __call__(self, report: dict[str, Any]) -> None:
        """Print one epoch.

        Parameters
        ----------
        report : dict
            ``epoch``, ``norm``, ``non_zero``, ``intercept``, ``steps``, ``loss``, ``objective``,
            ``score`` and ``converged``.
        """
        seconds = perf_counter() - self._begun
        score = report["score"]
        print(f"-- Epoch {report['epoch']}")
        print(
            f"Norm: {report['norm']:.2f}, NNZs: {report['non_zero']}, "
            f"Bias: {report['intercept']:.6f}, T: {report['steps']}, "
            f"Avg. loss: {report['loss']:f}, Objective: {report['objective']:f}"
            + ("" if score is None else f", Validation score: {score:f}")
        )
        print(f"Total training time: {seconds:.2f} seconds.")
        if report["converged"]:
            print(f"Convergence after {report['epoch']} epochs took {seconds:.2f} seconds")
