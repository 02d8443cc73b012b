"""L-BFGS: SciPy's minimizer, fed by one Rust call per evaluation."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray

from thalweg._core import LinearObjective
from thalweg._lbfgs import BestSeen, Function
from thalweg.neural_network._inputs import to_core
from thalweg.neural_network._outcome import INTERRUPTED


class LinearModelLoss:
    """Take the place of scikit-learn's class of this name: loss and gradient at some parameters.

    Parameters
    ----------
    base_loss : object
        One of scikit-learn's losses: says how many classes there are.
    fit_intercept : bool
        Whether the last parameters are intercepts.
    """

    def __init__(self, base_loss: Any, fit_intercept: bool) -> None:
        self.base_loss = base_loss
        self.fit_intercept = fit_intercept
        self._objective: LinearObjective | None = None

    def loss_gradient(
        self,
        coef: NDArray[Any],
        X: Any,
        y: NDArray[Any],
        sample_weight: NDArray[Any] | None = None,
        l2_reg_strength: float = 0.0,
        n_threads: int = 1,
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the loss and its gradient.

        Parameters
        ----------
        coef : ndarray of shape (n_dof,) or (n_classes * n_dof,)
            Parameters; the classes of a feature side by side.
        X, y, sample_weight, l2_reg_strength
            The problem: the same in every call.
        n_threads : int
            Not used: thalweg knows its number of threads, and they do not shape the result.

        Returns
        -------
        loss : float
            Weighted mean of losses, and the penalty.
        gradient : ndarray of the shape of ``coef``
            In float64.
        """
        if self._objective is None:
            several = self.base_loss.is_multiclass
            self._objective = objective(
                X,
                y,
                sample_weight,
                loss="multinomial" if several else "log",
                outputs=self.base_loss.n_classes if several else 1,
                fit_intercept=self.fit_intercept,
                l2=l2_reg_strength,
            )
        return self._objective.evaluate(np.require(coef, np.float64, ["C", "A"]))


def objective(
    X: Any,
    y: NDArray[Any],
    sample_weight: NDArray[Any] | None,
    *,
    loss: str,
    outputs: int = 1,
    fit_intercept: bool = True,
    l2: float = 0.0,
) -> LinearObjective:
    """Build the objective of checked data, with y of shape (n_samples,) or (n_samples, 1)."""
    return LinearObjective(
        to_core(X, X.dtype),
        np.require(y.reshape(-1, 1), X.dtype, ["C", "A"]),
        None if sample_weight is None else np.require(sample_weight, X.dtype, ["C", "A"]),
        {"loss": loss, "outputs": outputs, "fit_intercept": fit_intercept, "l2": float(l2)},
    )


def minimize(
    function: Function, start: NDArray[Any], callback: Any = None, **options: Any
) -> scipy.optimize.OptimizeResult:
    """Minimize as ``scipy.optimize.minimize`` does; Ctrl-C ends the run where it was lowest.

    Parameters
    ----------
    function : callable
        Returns a value and its gradient.
    start : ndarray of shape (n,)
        Where to begin.
    callback : callable or None
        Called with x after each iteration.
    **options : object
        Passed on.

    Returns
    -------
    result : OptimizeResult
        With status 0 after Ctrl-C, which is told by a warning of its own.
    """
    best = BestSeen(function, start, callback)
    try:
        return best.minimize(start, **options)
    except KeyboardInterrupt:
        warnings.warn(*INTERRUPTED, stacklevel=3)
        return scipy.optimize.OptimizeResult(
            x=best.x, fun=best.fun, nit=best.nit, status=0, success=True, message=INTERRUPTED[0]
        )
