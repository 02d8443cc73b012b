"""Prediction: X -> outputs of the last layer, or what is read from them, in one Rust call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from thalweg._core import mlp_forward
from thalweg.neural_network import _rows
from thalweg.neural_network._inputs import check_precision, to_batches
from thalweg.neural_network._rows import Rows


def forward(estimator: Any, X: Any, wanted: str = "outputs") -> NDArray[Any]:
    """Run the network on X.

    An array that is already right goes straight to Rust, which also looks for NaN and infinity on
    its way; everything else, and every error, takes scikit-learn's validation.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Fitted.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The input.
    wanted : {'outputs', 'values', 'both', 'largest', 'above_half'}, default='outputs'
        The activations of the last layer; likewise, where a single one is no column; those of a
        single output p as 1 - p and p; the number of the largest; or 1 for each that exceeds one
        half, else 0, where a single one is no column.

    Returns
    -------
    result : ndarray of shape (n_samples,) or (n_samples, n_outputs or 2)
        A new array, of int64 for 'largest' and 'above_half'.
    """
    fitted = estimator.__dict__
    # Frames carry names to compare, and so does every model that was fitted on one.
    if type(X) is np.ndarray and "coefs_" in fitted and "feature_names_in_" not in fitted:
        try:
            # Without a row there is an error to be raised.
            result = len(X) and mlp_forward(
                X,
                fitted["coefs_"],
                fitted["intercepts_"],
                fitted["activation"],
                fitted["out_activation_"],
                True,
                wanted,
                fitted["precision"],
            )
        except (TypeError, ValueError):
            # X, or weights set by hand, in another dtype or layout; `precision` set afterwards
            result = None
        if isinstance(result, np.ndarray):
            return result
    return _checked_forward(estimator, X, wanted)


def _checked_forward(estimator: Any, X: Any, wanted: str) -> NDArray[Any]:
    """Run the network on X after every check, in the dtype that NumPy would choose."""
    check_is_fitted(estimator)
    check_precision(estimator, X)
    rows = _unconverted(estimator, X)
    if rows is not None:
        # A fault in the elements is what the validation below will name.
        result = _run(estimator, rows, wanted, not _rows.assumes_finite())
        if result is not None:
            return result
    dtype = _wanted_dtype(estimator)
    X = validate_data(estimator, X, accept_sparse=["csr", "csc"], reset=False, dtype=dtype)
    result = _run(estimator, X, wanted, False)  # it has looked, unless told not to
    assert result is not None  # only a failed finite check gives None
    return result


def _wanted_dtype(estimator: Any) -> Any:
    """Return what X is validated as: what bf16 products take, or any number."""
    return "numeric" if estimator.precision is None else np.float32


def _unconverted(estimator: Any, X: Any) -> Rows | None:
    """Return X as rows to be converted, their number and names checked; None for anything else."""
    try:
        rows = _rows.of(X, dtype=_wanted_dtype(estimator))
        if rows is not None:
            validate_data(estimator, X, reset=False, skip_check_array=True)
    except (TypeError, ValueError):
        return None  # found again by scikit-learn's own validation
    return rows


def _run(estimator: Any, X: Any, wanted: str, check_finite: bool) -> NDArray[Any] | None:
    """Run the network on a checked X; None where a finite check fails."""
    common = np.result_type(X.dtype, *estimator.coefs_, *estimator.intercepts_)
    single = common == np.float32 or estimator.precision is not None
    dtype = np.dtype(np.float32 if single else np.float64)
    return mlp_forward(
        to_batches(X, dtype),
        [np.require(coef, dtype, ["C", "A"]) for coef in estimator.coefs_],
        [np.require(intercept, dtype, ["C", "A"]) for intercept in estimator.intercepts_],
        estimator.activation,
        estimator.out_activation_,
        check_finite,
        wanted,
        estimator.precision,
    )
