"""Progress on standard output, in scikit-learn's words."""

from __future__ import annotations

from typing import Any

_VERDICTS = {
    "converged": "Stopping.",
    "rate_too_small": "Learning rate too small. Stopping.",
    "rate_reduced": "Setting learning rate to {learning_rate:f}",
}


class EpochPrinter:
    """Called once per finished epoch; prints what ``verbose`` promises.

    Parameters
    ----------
    tol : float
        Improvement that counts.
    n_iter_no_change : int or inf
        Epochs without one that are borne.
    """

    def __init__(self, tol: float, n_iter_no_change: float) -> None:
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change

    def __call__(self, event: dict[str, Any]) -> None:
        """Print one epoch.

        Parameters
        ----------
        event : dict
            ``epoch``, ``loss``, ``validation_score``, ``learning_rate`` and ``decision``.
        """
        score = event["validation_score"]
        print(f"Iteration {event['epoch']}, loss = {event['loss']:.8f}")
        if score is not None:
            print(f"Validation score: {score:f}")
        verdict = _VERDICTS.get(event["decision"])
        if verdict is not None:
            subject = "Training loss" if score is None else "Validation score"
            print(
                f"{subject} did not improve more than tol={self.tol:f} for "
                f"{self.n_iter_no_change:d} consecutive epochs. {verdict.format(**event)}"
            )
