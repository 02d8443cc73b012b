"""SAG and SAGA: scikit-learn's arrays -> one Rust call -> scikit-learn's results."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model._base import SPARSE_INTERCEPT_DECAY
from sklearn.linear_model._sag import get_auto_step_size
from sklearn.utils import check_random_state
from sklearn.utils.extmath import row_norms

from thalweg._core import train_sag
from thalweg.linalg import norm
from thalweg.neural_network._inputs import summed, to_core
from thalweg.neural_network._outcome import INTERRUPTED

# Ridge's max_iter=None.
_MAX_ITER = 1000

_OVERFLOW = (
    "Floating-point under-/overflow occurred at epoch #{}. Scaling input data with StandardScaler "
    "or MinMaxScaler might help."
)


def sag_solver(
    X: Any,
    y: NDArray[Any],
    sample_weight: NDArray[Any] | None = None,
    loss: str = "log",
    alpha: float = 1.0,
    beta: float = 0.0,
    max_iter: int | None = _MAX_ITER,
    tol: float = 0.001,
    verbose: int = 0,
    random_state: Any = None,
    check_input: bool = False,
    max_squared_sum: float | None = None,
    warm_start_mem: dict[str, Any] | None = None,
    is_saga: bool = False,
    intercept_decay: float = SPARSE_INTERCEPT_DECAY,
) -> tuple[NDArray[Any], int, dict[str, Any]]:
    """Take the place of ``sklearn.linear_model._sag.sag_solver``.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Checked data, of float64 or float32.
    y : ndarray of shape (n_samples,)
        Targets; 0 and 1 for 'log', numbers of classes for 'multinomial'.
    sample_weight : ndarray of shape (n_samples,) or None
        Not negative. A sample of weight 3 is in every way three samples.
    loss : {'log', 'squared', 'multinomial'}
        The loss.
    alpha, beta : float
        Factors of ``|W|^2 / 2`` and of the sum of magnitudes, beside the sum of losses.
    max_iter : int or None
        Most passes; 1000 if None.
    tol : float
        Stop when the largest change of a weight in a pass is at most this share of the largest.
    verbose : int
        Print what happens.
    random_state : int, RandomState or None
        Gives the seed of the draws.
    check_input : bool
        Must be False: the data is checked.
    max_squared_sum : float or None
        Not used: what scikit-learn finds differs between CPUs in its last bits.
    warm_start_mem : dict
        Has ``coef`` of shape (n_features [+ 1], n_classes), where to begin; with one more row
        there is an intercept.
    is_saga : bool
        SAGA rather than SAG.
    intercept_decay : float
        Factor of the steps of the intercepts of sparse X.

    Returns
    -------
    coef : ndarray of shape (n_features [+ 1],), or (n_classes, n_features [+ 1])
        The weights, then the intercept.
    n_iter : int
        Passes.
    warm_start_mem : dict
        ``coef`` as it is now.

    Raises
    ------
    ValueError
        If a weight becomes infinite or NaN.
    ZeroDivisionError
        If a step would undo all weights: X is zero.
    """
    assert not check_input
    assert warm_start_mem is not None
    X = summed(X)
    (n_samples, n_features), start = X.shape, warm_start_mem["coef"]
    max_iter = _MAX_ITER if max_iter is None else max_iter
    fit_intercept = start.shape[0] > n_features
    total = n_samples if sample_weight is None else float(sample_weight.sum(dtype=np.float64))
    largest = _largest_squared_norm(X)
    if not np.isfinite(largest):
        raise ValueError(_OVERFLOW.format(1))
    step = get_auto_step_size(
        largest, alpha / total, loss, fit_intercept, n_samples=n_samples, is_saga=is_saga
    )
    if step * (alpha / total) == 1:
        raise ZeroDivisionError(
            "Current sag implementation does not handle the case step_size * alpha_scaled == 1"
        )
    config = {
        "saga": is_saga,
        "loss": loss,
        "outputs": start.shape[1],
        "alpha": alpha / total,
        "beta": beta / total,
        "step": float(step),
        "fit_intercept": fit_intercept,
        "intercept_decay": intercept_decay if issparse(X) else 1.0,
        "tol": float(tol),
        "max_iter": max_iter,
        "seed": int(check_random_state(random_state).randint(1, np.iinfo(np.int32).max)),
    }
    coef, intercept, passes, ending = train_sag(
        to_core(X, X.dtype),
        np.require(y.reshape(-1, 1), X.dtype, ["C", "A"]),
        None if sample_weight is None else np.require(sample_weight, X.dtype, ["C", "A"]),
        np.require(start[:n_features].T, X.dtype, ["C", "A"]),
        np.require(start[n_features:].sum(axis=0), X.dtype, ["C", "A"]),
        config,
        _print_pass if verbose else None,
    )
    n_iter = max(passes, 1)  # where none is allowed, scikit-learn counts one all the same
    _tell(ending, n_iter, max_iter, bool(verbose))
    whole = np.vstack([coef.T, intercept]) if fit_intercept else coef.T
    return whole.T if loss == "multinomial" else whole[:, 0], n_iter, {"coef": whole}


@np.errstate(over="ignore")
def _largest_squared_norm(X: Any) -> Any:
    squares = row_norms(X, squared=True) if issparse(X) else norm(X, axis=1) ** 2
    return squares.max()


def _print_pass(event: dict[str, Any]) -> None:
    print(f"Epoch {event['pass']}, change: {event['change']:.8g}")


def _tell(ending: str, n_iter: int, max_iter: int, verbose: bool) -> None:
    """Warn, raise or print what follows from the end of a run."""
    if ending == "diverged":
        raise ValueError(_OVERFLOW.format(n_iter))
    if ending == "interrupted":
        warnings.warn(*INTERRUPTED, stacklevel=3)
    elif n_iter == max_iter:
        warnings.warn(
            "The max_iter was reached which means the coef_ did not converge",
            ConvergenceWarning,
            stacklevel=3,
        )
    if verbose and ending == "converged":
        print(f"convergence after {n_iter} epochs")
