"""Least squares with an L2 penalty or none: by L-BFGS, SAG or SAGA, target by target."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model._base import SPARSE_INTERCEPT_DECAY, _preprocess_data
from sklearn.utils.fixes import _get_additional_lbfgs_options_dict
from sklearn.utils.validation import _check_sample_weight, validate_data

from thalweg.linear_model._centred import CentredLeastSquares
from thalweg.linear_model._lbfgs import minimize
from thalweg.linear_model._sag import sag_solver

# Iterations of L-BFGS for max_iter=None: SciPy's own.
_MAX_ITER = 15_000


@dataclass(frozen=True)
class Fitted:
    """What a solver found.

    Attributes
    ----------
    coef : ndarray of shape (n_targets, n_features)
        Weights, of the dtype of X.
    intercept : ndarray of shape (n_targets,)
        Intercepts.
    n_iter : ndarray of shape (n_targets,)
        Iterations, or passes.
    """

    coef: NDArray[Any]
    intercept: NDArray[Any]
    n_iter: NDArray[np.int32]


def checked_data(
    estimator: Any, X: Any, y: Any, accept_sparse: str | bool = "csr"
) -> tuple[Any, NDArray[Any]]:
    """Return X and numbers y as scikit-learn checks them for a fit."""
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse=accept_sparse,
        dtype=[np.float64, np.float32],
        order="C",
        multi_output=True,
        y_numeric=True,
    )
    return X, y


def checked_weights(sample_weight: Any, X: Any) -> NDArray[Any] | None:
    """Return the weights of the samples of checked X, or None where there are none."""
    if sample_weight is None:
        return None
    weights: NDArray[Any] = _check_sample_weight(
        sample_weight, X, dtype=X.dtype, ensure_non_negative=True
    )
    return weights


def solve(
    estimator: Any,
    X: Any,
    Y: NDArray[Any],
    sample_weight: NDArray[Any] | None,
    alpha: NDArray[Any],
    solver: str,
    tol: float,
) -> Fitted:
    """Minimize ``sum_i s_i (x_i w + b - y_i)^2 + alpha |w|^2`` for each target.

    Parameters
    ----------
    estimator : Ridge or LinearRegression
        Gives ``fit_intercept``, ``copy_X``, ``positive``, ``max_iter`` and ``random_state``.
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Checked data.
    Y : ndarray of shape (n_samples, n_targets)
        Targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights.
    alpha : ndarray of shape (n_targets,)
        Penalties.
    solver : {'lbfgs', 'sag', 'saga'}
        The solver.
    tol : float
        See `Ridge`.

    Returns
    -------
    fitted : Fitted
        Weights, intercepts and counts.

    Raises
    ------
    ValueError
        If ``positive`` is set for a solver that cannot, or SAG diverges.
    """
    if solver == "lbfgs":
        return _by_lbfgs(estimator, X, Y, sample_weight, alpha, tol)
    if estimator.positive:
        raise ValueError(
            f"solver='{solver}' does not support positive fitting. Please set the solver to "
            "'auto' or 'lbfgs', or set `positive=False`"
        )
    return _by_sag(estimator, X, Y, sample_weight, alpha, solver, tol)


def _by_lbfgs(
    estimator: Any,
    X: Any,
    Y: NDArray[Any],
    sample_weight: NDArray[Any] | None,
    alpha: NDArray[Any],
    tol: float,
) -> Fitted:
    n_features, n_targets = X.shape[1], Y.shape[1]
    max_iter = _MAX_ITER if estimator.max_iter is None else estimator.max_iter
    # What float32 can tell from zero.
    gtol = max(tol, 64 * np.finfo(X.dtype).eps)
    total = len(Y) if sample_weight is None else float(sample_weight.sum(dtype=np.float64))
    fitted = Fitted(
        np.empty((n_targets, n_features), X.dtype),
        np.zeros(n_targets, X.dtype),
        np.zeros(n_targets, np.int32),
    )
    converged = True
    for k in range(n_targets):
        y, l2 = np.ascontiguousarray(Y[:, k]), float(alpha[k]) / total
        f = CentredLeastSquares(X, y, sample_weight, l2, estimator.fit_intercept)
        result = minimize(
            lambda p, f=f: _in_units_of_y(f, p),
            np.zeros(n_features),
            method="L-BFGS-B",
            jac=True,
            bounds=[(0, np.inf)] * n_features if estimator.positive else None,
            options={
                "maxiter": max_iter,
                "maxfun": 20 * max_iter,
                "maxcor": 20,
                "gtol": gtol,
                "ftol": 0.0,
                **_get_additional_lbfgs_options_dict("iprint", -1),
            },
        )
        w = result.x * f.y_scale / f.scale
        fitted.coef[k], fitted.n_iter[k] = w, result.nit
        if estimator.fit_intercept:
            fitted.intercept[k] = f.intercept(w)
        converged &= result.status != 1
    if not converged:
        warnings.warn(
            "The lbfgs solver did not converge. Try increasing max_iter or tol. Currently: "
            f"max_iter={estimator.max_iter} and tol={tol}",
            ConvergenceWarning,
            stacklevel=4,
        )
    return fitted


def _in_units_of_y(
    f: CentredLeastSquares, p: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return f and its gradient as if y had been divided by its scale."""
    value, gradient = f(p * f.y_scale)
    return value / f.y_scale**2, gradient / f.y_scale


def _by_sag(
    estimator: Any,
    X: Any,
    Y: NDArray[Any],
    sample_weight: NDArray[Any] | None,
    alpha: NDArray[Any],
    solver: str,
    tol: float,
) -> Fitted:
    # Dense X is centred; of sparse X the intercept is one more weight.
    own_intercept = issparse(X) and estimator.fit_intercept
    X, Y, X_offset, Y_offset, _, _ = _preprocess_data(
        X,
        Y,
        fit_intercept=estimator.fit_intercept,
        copy=estimator.copy_X,
        sample_weight=sample_weight,
        rescale_with_sw=False,
    )
    if not issparse(X):
        X = np.ascontiguousarray(X)
    # scikit-learn's Ridge gives sparse X to another solver, but for such a tolerance. Its factor
    # of 0.01 makes an intercept need a hundred times the passes.
    as_sklearn = solver == "sag" and estimator.max_iter is None and tol > 1e-4
    coefs, n_iters = [], []
    for k in range(Y.shape[1]):
        coef, n_iter, _ = sag_solver(
            X,
            np.ascontiguousarray(Y[:, k]),
            sample_weight,
            "squared",
            float(alpha[k]),
            max_iter=estimator.max_iter,
            tol=tol,
            random_state=estimator.random_state,
            warm_start_mem={"coef": np.zeros((X.shape[1] + own_intercept, 1), X.dtype)},
            is_saga=solver == "saga",
            intercept_decay=SPARSE_INTERCEPT_DECAY if as_sklearn else 1.0,
        )
        coefs.append(coef)
        n_iters.append(n_iter)
    coef = np.stack(coefs)
    if own_intercept:
        coef, intercept = np.ascontiguousarray(coef[:, :-1]), coef[:, -1] + Y_offset
    else:
        intercept = Y_offset - (X_offset * coef).sum(axis=1)
    return Fitted(coef, intercept.astype(X.dtype), np.array(n_iters, np.int32))
