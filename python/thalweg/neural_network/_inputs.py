"""Checks of parameters and data, and data in the layout that the Rust core reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils.validation import _check_sample_weight

from thalweg.neural_network import _rows
from thalweg.neural_network._config import is_stochastic
from thalweg.neural_network._rows import Raw, Rows

Csr = tuple[NDArray[Any], NDArray[Any], NDArray[Any], int]


@dataclass(frozen=True)
class Problem:
    """Checked training data, and the shape of the network for it.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features), CSR as (data, indices, indptr, n_features), or Raw
        Features.
    Y : ndarray of shape (n_samples, n_outputs)
        Targets: numbers, or 0 and 1 for classes.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights.
    units : tuple of int
        Width of each layer, inputs and outputs included.
    output : str
        Activation of the last layer.
    strata : ndarray of shape (n_samples,) or None
        What a validation split keeps in proportion.
    """

    X: NDArray[Any] | Csr | Raw
    Y: NDArray[Any]
    sample_weight: NDArray[Any] | None
    units: tuple[int, ...]
    output: str
    strata: NDArray[Any] | None


def to_rows(X: Any, dtype: np.dtype[Any]) -> NDArray[Any] | Csr:
    """Lay out a validated X as the core reads it row by row: as it is, where it can be.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Finite numbers.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    X : ndarray or tuple
        C-contiguous, or (data, indices, indptr, n_features).
    """
    if not issparse(X):
        return np.require(X, dtype, ["C", "A"])
    indices, indptr = (np.require(part, None, ["C", "A"]) for part in (X.indices, X.indptr))
    return np.require(X.data, dtype, ["C", "A"]), indices, indptr, X.shape[1]


def to_core(X: Any, dtype: np.dtype[Any]) -> NDArray[Any] | Csr:
    """Lay out a validated X as the core reads it.

    Parameters
    ----------
    X : ndarray or CSR or CSC matrix of shape (n_samples, n_features)
        Finite numbers. Left as it is.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    X : ndarray or tuple
        C-contiguous, or (data, indices, indptr, n_features) with sorted rows; X itself where
        it already is that.
    """
    return to_rows(summed(X.tocsr()) if issparse(X) else X, dtype)


def to_batches(X: Any, dtype: np.dtype[Any]) -> NDArray[Any] | Csr | Raw:
    """Lay out a validated X for those who gather the rows of a batch: converted there, if at all.

    Parameters
    ----------
    X : ndarray, CSR or CSC matrix, or Rows, of shape (n_samples, n_features)
        Finite numbers. Left as it is.
    dtype : dtype
        float32 or float64: what the core computes in.

    Returns
    -------
    X : ndarray or tuple
        As :func:`to_core` has it, or the dtype and where the elements lie.
    """
    if isinstance(X, np.ndarray) and (X.dtype != dtype or not _rows.is_ready(X)):
        X = _rows.locate(X) or X
    return X.to_core(dtype) if isinstance(X, Rows) else to_core(X, dtype)


def summed(X: Any) -> Any:
    """Return a matrix that stores each element once, in order.

    Parameters
    ----------
    X : ndarray or CSR matrix
        A CSR matrix may store an element in parts, which are summed. Left as it is.

    Returns
    -------
    X : ndarray or CSR matrix
        X itself where it already is that.
    """
    if issparse(X) and not X.has_canonical_format:
        X = X.copy()  # summing works in place, and X is the user's
        X.sum_duplicates()
    return X


def check_hidden_layer_sizes(sizes: Any) -> list[int]:
    """Return the widths of the hidden layers as a list.

    Parameters
    ----------
    sizes : int or array-like of int
        The parameter ``hidden_layer_sizes``.

    Returns
    -------
    widths : list of int
        Possibly empty: a network without a hidden layer.

    Raises
    ------
    ValueError
        If a width is not an integer, or not positive.
    """
    widths = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    if not all(isinstance(width, Integral) for width in widths):
        raise ValueError(f"hidden_layer_sizes must be integers, got {widths}.")
    widths = [int(width) for width in widths]
    if any(width <= 0 for width in widths):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {widths}.")
    return widths


def check_stepwise(estimator: Any) -> None:
    """Refuse what works on steps where there are none, and two schedules at once.

    Raises
    ------
    ValueError
        If such a parameter is set with 'lbfgs', or `learning_rate` beside `schedule`.
    """
    if estimator.schedule is not None and estimator.learning_rate != "constant":
        raise ValueError(
            "`learning_rate` must be 'constant' with `schedule`, which takes its place, got "
            f"{estimator.learning_rate!r}"
        )
    if estimator.solver != "lbfgs":
        return
    unset = {
        "schedule": None,
        "gradient_transforms": None,
        "clip_norm": None,
        "clip_value": None,
        "weight_decay_biases": True,
        "keep_optimizer_state": False,
        "precision": None,
    }
    for name, value in unset.items():
        if getattr(estimator, name) != value:
            raise ValueError(
                f"`{name}` must be {value} unless `solver` is 'sgd', 'adam' or an optimizer, got "
                f"{getattr(estimator, name)!r}"
            )


def check_precision(estimator: Any, X: Any) -> None:
    """Raise ValueError where ``precision`` cannot be honoured: sparse rows are not rounded."""
    if estimator.precision is not None and issparse(X):
        raise ValueError(
            f"`precision` must be None for sparse `X`, got {estimator.precision!r}; give "
            "`X.toarray()` where that fits into memory"
        )


def accepted_dtypes(estimator: Any) -> Any:
    """Return the dtypes in which X may stay; others become the first of them."""
    return (np.float64, np.float32) if estimator.precision is None else np.float32


def check_early_stopping(estimator: Any, incremental: bool) -> None:
    """Raise ValueError where ``early_stopping`` cannot be honoured."""
    if not estimator.early_stopping:
        return
    if incremental:
        raise ValueError("partial_fit does not support early_stopping=True")
    if not is_stochastic(estimator.solver):
        raise ValueError(
            "`early_stopping` must be False unless `solver` is 'sgd', 'adam' or an optimizer, "
            f"got early_stopping=True with solver={estimator.solver!r}"
        )


def check_weights(sample_weight: Any, X: Any, dtype: np.dtype[Any]) -> NDArray[Any] | None:
    """Return sample weights as an array of ``dtype``, or None if there are none.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
        Finite, not negative, and not all zero.
    X : ndarray, sparse matrix or Rows of shape (n_samples, n_features)
        Gives the number of samples.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    sample_weight : ndarray of shape (n_samples,) or None
        Checked weights.

    Raises
    ------
    ValueError
        If a weight is none of the above.
    """
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Number):
        # scikit-learn does not look whether a scalar is finite; an array of it is looked at.
        sample_weight = np.full(X.shape[0], sample_weight)
    like = X.stand_in if isinstance(X, Rows) else X
    return _check_sample_weight(sample_weight, like, dtype=dtype, ensure_non_negative=True)


def check_part_weights(
    sample_weight: NDArray[Any] | None, rows: NDArray[np.int64], part: str
) -> None:
    """Raise ValueError if every weight in one part of the data is zero."""
    if sample_weight is not None and not sample_weight[rows].any():
        raise ValueError(
            f"Sample weights must contain at least one non-zero number in the {part} set that "
            "early_stopping=True splits off, got only zeros; give another `random_state` or "
            "`validation_fraction`"
        )


def check_targets(y: NDArray[Any], loss: str, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return targets as a C-contiguous matrix of ``dtype``.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Validated targets.
    loss : str
        'poisson' asks for targets that are not negative.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    Y : ndarray of shape (n_samples, n_outputs)
        The targets.

    Raises
    ------
    ValueError
        If a target is negative under 'poisson', or too large for ``dtype``.
    """
    if loss == "poisson" and y.min() < 0:
        raise ValueError(f"`y` must be >= 0 for loss='poisson', got {y.min()}")
    limit = np.finfo(dtype).max
    if y.dtype != bool and np.abs(y).max() > limit:
        raise ValueError(f"`y` must be within +-{limit} for {dtype} data, got {np.abs(y).max()}")
    return np.require(y.reshape(len(y), -1), dtype, ["C", "A"])


def check_same_network(estimator: Any, units: Sequence[int], output: str) -> None:
    """Raise ValueError if earlier weights do not belong to the network asked for now.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Has weights, from which ``warm_start`` or ``partial_fit`` wants to go on.
    units : sequence of int
        Width of each layer, inputs and outputs included.
    output : str
        Activation of the last layer.

    Raises
    ------
    ValueError
        If anything differs.
    """
    coefs = estimator.coefs_
    old = [coefs[0].shape[0], *(coef.shape[1] for coef in coefs)]
    pairs = [
        ("the number of features of `X`", old[0], units[0]),
        ("`hidden_layer_sizes`", tuple(old[1:-1]), tuple(units[1:-1])),
        ("the number of outputs of `y`", old[-1], units[-1]),
        ("the activation of the output, which follows `loss` and `y`,",
         getattr(estimator, "out_activation_", output), output),
    ]  # fmt: skip
    for what, before, now in pairs:
        if before != now:
            raise ValueError(
                f"{what} must stay {before!r} when training goes on from earlier weights "
                f"(warm_start=True or partial_fit), got {now!r}"
            )
