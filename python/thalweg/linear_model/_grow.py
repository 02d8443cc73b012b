"""Classes new to partial_fit: rows of zeros, and the optimizer's state with room for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import unique_labels

from thalweg.linear_model._batch_config import optimizer_of
from thalweg.neural_network._stochastic import OptimizerState

# One row, or one number, a class.
_BY_CLASS = (
    "coef_",
    "intercept_",
    "_standard_coef",
    "_standard_intercept",
    "_average_coef",
    "_average_intercept",
)


def grow_classes(estimator: Any, y: Any, classes: Any) -> NDArray[Any] | None:
    """Make room for classes that a fitted classifier does not know.

    Parameters
    ----------
    estimator : SGDClassifier
        Its arrays are replaced, not changed in place.
    y : array-like of shape (n_samples,)
        Labels.
    classes : array-like of shape (n_classes,) or None
        Further classes, which ``y`` need not hold.

    Returns
    -------
    classes : ndarray or None
        What ``partial_fit`` is to be called with.
    """
    seen = unique_labels(y) if classes is None else unique_labels(y, classes)
    if not hasattr(estimator, "classes_"):
        return seen
    old = estimator.classes_
    new = np.union1d(old, seen)
    if len(new) == len(old):
        return None
    at = np.searchsorted(new, old)
    for name in _BY_CLASS:
        rows = getattr(estimator, name, None)
        if rows is not None:
            rows = rows.reshape(-1, estimator.n_features_in_) if "coef" in name else rows.ravel()
            if len(old) == 2:
                rows = _two_rows(estimator, rows)
            setattr(estimator, name, _spread(rows, at, len(new)))
    state = getattr(estimator, "_optimizer", None)
    if state is not None:
        estimator._optimizer = _extended(estimator, state, at, len(new))
        if estimator._optimizer is None:
            del estimator._optimizer
    estimator.classes_ = new
    return None


def _two_rows(estimator: Any, row: NDArray[Any]) -> NDArray[Any]:
    """Return a row for each of two classes, which have shared that of the second.

    What they predict stays as it is; in a softmax the difference of the rows counts.
    """
    row = row / 2 if estimator.loss == "multinomial" else row
    return np.concatenate([-row, row])


def _spread(rows: NDArray[Any], at: NDArray[np.intp], count: int) -> NDArray[Any]:
    """Return `count` rows, those at hand in their places and zeros elsewhere."""
    spread = np.zeros((count, *rows.shape[1:]), rows.dtype)
    spread[at] = rows
    return spread


def _extended(
    estimator: Any, state: OptimizerState, at: NDArray[np.intp], count: int
) -> OptimizerState | None:
    """Return the state with room for new classes, which begin as in a fresh run.

    None where there is none to extend: two classes have shared their state, and some optimizers
    keep what is not shaped as the coefficients.
    """
    n_features, before = estimator.n_features_in_, len(estimator.classes_)
    optimizer = optimizer_of(estimator, 1)  # the batch's size shapes no buffer
    run = optimizer.init([np.zeros((n_features, count)), np.zeros(count)])
    fresh = [
        np.concatenate([a.ravel() for a in pair]) for pair in run.state_dict()["buffers"].values()
    ]
    old_size, new_size = (n_features + 1) * before, (n_features + 1) * count
    fits = {len(old) for old in state.buffers} <= {old_size}
    fits &= {len(new) for new in fresh} <= {new_size} and len(fresh) == len(state.buffers)
    if before == 2 or not fits:
        return None
    params = None
    if state.params is not None:
        params = _merged(state.params, np.zeros(new_size), at, n_features)
    pairs = zip(state.buffers, fresh, strict=True)
    return replace(state, buffers=[_merged(*pair, at, n_features) for pair in pairs], params=params)


def _merged(
    old: NDArray[Any], fresh: NDArray[Any], at: NDArray[np.intp], n_features: int
) -> NDArray[Any]:
    """Return a fresh packed vector, with the columns of an old one in their places."""
    merged = fresh.astype(old.dtype).reshape(n_features + 1, -1)
    # Packed, the intercepts are one more row below the weights.
    merged[:, at] = old.reshape(n_features + 1, -1)
    return merged.ravel()
