"""One fit on mini-batches, stage by stage: checked data -> start -> training -> attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import compute_class_weight
from sklearn.utils.multiclass import _check_partial_fit_first_call, unique_labels
from sklearn.utils.validation import _check_sample_weight, validate_data

from thalweg.linear_model._batch_config import check_batches, check_domain, targets_of
from thalweg.linear_model._batches import Batches, Trained, train_batches
from thalweg.neural_network._inputs import to_core
from thalweg.neural_network._refusal import unchanged_if_refused

# What earlier fits leave that a fit from scratch begins anew.
_HISTORY = (
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "validation_loss_curve_",
    "best_validation_score_",
    "_optimizer",
)
# Where scikit-learn's own way to train keeps its averages.
_AVERAGES = ("_standard_coef", "_standard_intercept", "_average_coef", "_average_intercept")
_DTYPES = (np.float64, np.float32)


def fit_classifier(
    estimator: Any,
    X: Any,
    y: Any,
    start: tuple[Any, Any],
    sample_weight: Any,
    validation: tuple[Any, Any] | None,
) -> Trained:
    """Fit a classifier from scratch, or from coefficients.

    Parameters
    ----------
    estimator : SGDClassifier
        Receives the fitted attributes.
    X, y : array-likes of shapes (n_samples, n_features) and (n_samples,)
        Training data.
    start : tuple of coef_init and intercept_init
        Where to begin; None for zeros, or for the coefficients at hand under ``warm_start``.
    sample_weight : array-like of shape (n_samples,) or None
        Weights.
    validation : tuple of X and y, or None
        Other data to validate on.

    Returns
    -------
    trained : Trained
        How the training ended, to be announced.
    """
    with unchanged_if_refused(estimator):
        check_batches(estimator)
        X, y = _validated(estimator, X, y, reset=True)
        estimator.__dict__.pop("classes_", None)
        _check_partial_fit_first_call(estimator, unique_labels(y))
        _check_classes(estimator)
        Y = _encode(estimator, y)
        coef, intercept = _start(estimator, Y.shape[1], X, start)
        weights = _weights(estimator, X, y, sample_weight)
        rows = _split(estimator, y, weights, validation)
        if validation is not None:
            X_val, y_val = validate_data(
                estimator, *validation, accept_sparse="csr", dtype=X.dtype, order="C", reset=False
            )
            _check_labels(estimator, y_val)
            validation = (to_core(X_val, X.dtype), _encode(estimator, y_val).astype(X.dtype))
        data = Batches(
            to_core(X, X.dtype), Y.astype(X.dtype), weights, *rows, validation=validation
        )
        trained = train_batches(estimator, data, coef, intercept, incremental=False)
    return _learn(estimator, trained, incremental=False)


def partial_fit_classifier(
    estimator: Any, X: Any, y: Any, classes: Any, sample_weight: Any
) -> Trained:
    """Train a classifier for one epoch, going on with its optimizer.

    Parameters
    ----------
    estimator : SGDClassifier
        Receives the fitted attributes.
    X, y : array-likes of shapes (n_samples, n_features) and (n_samples,)
        Training data.
    classes : array-like of shape (n_classes,) or None
        All classes, needed at the first call.
    sample_weight : array-like of shape (n_samples,) or None
        Weights.
    """
    with unchanged_if_refused(estimator):
        check_batches(estimator)
        first = getattr(estimator, "coef_", None) is None
        X, y = _validated(estimator, X, y, reset=first)
        _check_partial_fit_first_call(estimator, classes)
        _check_classes(estimator)
        _check_labels(estimator, y)
        dtype = X.dtype if first else estimator.coef_.dtype
        Y = _encode(estimator, y).astype(dtype)
        coef, intercept = _at_hand(estimator, Y.shape[1], X, dtype)
        weights = _weights(estimator, X, y, sample_weight, dtype)
        data = Batches(to_core(X, dtype), Y, weights)
        trained = train_batches(estimator, data, coef, intercept, incremental=True)
    return _learn(estimator, trained, incremental=True)


def fit_regressor(
    estimator: Any,
    X: Any,
    y: Any,
    start: tuple[Any, Any],
    sample_weight: Any,
    validation: tuple[Any, Any] | None,
) -> Trained:
    """Fit a regressor from scratch, or from coefficients; parameters as :func:`fit_classifier`."""
    with unchanged_if_refused(estimator):
        check_batches(estimator)
        X, y = _validated(estimator, X, y, reset=True, multi_output=True, y_numeric=True)
        Y = _targets(estimator, y, X.dtype)
        coef, intercept = _start(estimator, Y.shape[1], X, start)
        weights = _weights(estimator, X, y, sample_weight)
        rows = _split(estimator, y, weights, validation)
        if validation is not None:
            X_val, y_val = validate_data(
                estimator,
                *validation,
                accept_sparse="csr",
                dtype=X.dtype,
                order="C",
                reset=False,
                multi_output=True,
                y_numeric=True,
            )
            Y_val = _targets(estimator, y_val, X.dtype)
            if Y_val.shape[1] != Y.shape[1]:
                raise ValueError(
                    f"`y_val` must have {Y.shape[1]} outputs, as `y` has, got {Y_val.shape[1]}"
                )
            validation = (to_core(X_val, X.dtype), Y_val)
        data = Batches(to_core(X, X.dtype), Y, weights, *rows, validation=validation)
        trained = train_batches(estimator, data, coef, intercept, incremental=False)
        flat = y.ndim == 1
    return _learn(estimator, trained, incremental=False, flat=flat)


def partial_fit_regressor(estimator: Any, X: Any, y: Any, sample_weight: Any) -> Trained:
    """Train a regressor for one epoch; parameters as :func:`partial_fit_classifier`."""
    with unchanged_if_refused(estimator):
        check_batches(estimator)
        first = getattr(estimator, "coef_", None) is None
        X, y = _validated(estimator, X, y, reset=first, multi_output=True, y_numeric=True)
        dtype = X.dtype if first else estimator.coef_.dtype
        Y = _targets(estimator, y, dtype)
        coef, intercept = _at_hand(estimator, Y.shape[1], X, dtype)
        data = Batches(to_core(X, dtype), Y, _weights(estimator, X, y, sample_weight, dtype))
        trained = train_batches(estimator, data, coef, intercept, incremental=True)
        flat = y.ndim == 1 if first else estimator.coef_.ndim == 1
    return _learn(estimator, trained, incremental=True, flat=flat)


# ---- Data ----------------------------------------------------------------------------------------


def _validated(estimator: Any, X: Any, y: Any, reset: bool, **rules: Any) -> tuple[Any, Any]:
    return validate_data(
        estimator,
        X,
        y,
        accept_sparse="csr",
        dtype=_DTYPES,
        order="C",
        reset=reset,
        **rules,
    )


def _check_classes(estimator: Any) -> None:
    """Raise scikit-learn's error if there is nothing to tell apart."""
    n_classes = len(estimator.classes_)
    if n_classes < 2:
        raise ValueError(f"The number of classes has to be greater than one; got {n_classes} class")


def _check_labels(estimator: Any, y: NDArray[Any]) -> None:
    """Raise ValueError for labels that are no class of the model."""
    unknown = np.setdiff1d(y, estimator.classes_)
    if unknown.size:
        raise ValueError(
            f"`y` must hold classes among {estimator.classes_}, got {unknown}; "
            "`grow_classes=True` lets partial_fit add them"
        )


def _encode(estimator: Any, y: NDArray[Any]) -> NDArray[Any]:
    """Return the targets of each output: one for two classes, otherwise one a class."""
    without, within = targets_of(estimator)
    classes = estimator.classes_
    members = y[:, None] == (classes[1:] if len(classes) == 2 else classes)
    return np.where(members, within, without)


def _targets(estimator: Any, y: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return targets as a matrix, within the loss's domain and the dtype's range."""
    check_domain(estimator, y)
    limit = np.finfo(dtype).max
    if np.abs(y).max() > limit:
        raise ValueError(f"`y` must be within +-{limit} for {dtype} data, got {np.abs(y).max()}")
    return np.require(y.reshape(len(y), -1), dtype, ["C", "A"])


def _weights(
    estimator: Any, X: Any, y: NDArray[Any], sample_weight: Any, dtype: Any = None
) -> NDArray[Any] | None:
    """Return each sample's weight times that of its class, or None where all count the same."""
    class_weight = getattr(estimator, "class_weight", None)
    if sample_weight is None and class_weight is None:
        return None
    dtype = X.dtype if dtype is None else dtype
    weights = _check_sample_weight(sample_weight, X, dtype=dtype, ensure_non_negative=True)
    if class_weight is not None:
        classes = estimator.classes_
        of_class = compute_class_weight(class_weight, classes=classes, y=y)
        weights = weights * of_class[np.searchsorted(classes, y)].astype(dtype)
    return np.require(weights, dtype, ["C", "A"])


def _split(
    estimator: Any,
    y: NDArray[Any],
    weights: NDArray[Any] | None,
    validation: tuple[Any, Any] | None,
) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
    """Return the samples to train and to validate on, split as scikit-learn splits them."""
    if not estimator.early_stopping or validation is not None:
        return None, None
    counted = np.ones(len(y), bool) if weights is None else weights > 0
    held_back = estimator._make_validation_split(y, sample_mask=counted)
    return np.flatnonzero(~held_back), np.flatnonzero(held_back)


# ---- Coefficients --------------------------------------------------------------------------------


def _start(
    estimator: Any, n_outputs: int, X: Any, start: tuple[Any, Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the coefficients and intercepts with which a fit begins."""
    coef_init, intercept_init = start
    if estimator.warm_start and getattr(estimator, "coef_", None) is not None:
        coef_init = estimator.coef_ if coef_init is None else coef_init
        intercept_init = estimator.intercept_ if intercept_init is None else intercept_init
    shape = (n_outputs, X.shape[1])
    coef, intercept = np.zeros(shape, X.dtype), np.zeros(n_outputs, X.dtype)
    if coef_init is not None:
        coef_init = np.asarray(coef_init, X.dtype)
        if coef_init.shape != shape and not (n_outputs == 1 and coef_init.size == shape[1]):
            raise ValueError("Provided coef_init does not match dataset.")
        coef[...] = coef_init.reshape(shape)
    if intercept_init is not None:
        intercept_init = np.asarray(intercept_init, X.dtype)
        if intercept_init.size != n_outputs:
            raise ValueError("Provided intercept_init does not match dataset.")
        intercept[...] = intercept_init.ravel()
    return coef, intercept


def _at_hand(
    estimator: Any, n_outputs: int, X: Any, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the coefficients and intercepts of a model that goes on, zeros for a new one."""
    if getattr(estimator, "coef_", None) is None:
        return np.zeros((n_outputs, X.shape[1]), dtype), np.zeros(n_outputs, dtype)
    coef = np.atleast_2d(estimator.coef_)
    if len(coef) != n_outputs:
        raise ValueError(
            f"the number of outputs of `y` must stay {len(coef)} when training goes on from "
            f"earlier coefficients, got {n_outputs}"
        )
    return coef.astype(dtype), np.asarray(estimator.intercept_, dtype).ravel()


def _learn(estimator: Any, trained: Trained, incremental: bool, flat: bool = False) -> Trained:
    """Turn the outcome of a training into fitted attributes."""
    curve = list(getattr(estimator, "loss_curve_", ())) if incremental else []
    for name in (*_HISTORY, *_AVERAGES):
        estimator.__dict__.pop(name, None)
    estimator.coef_ = trained.coef.ravel() if flat and len(trained.coef) == 1 else trained.coef
    estimator.intercept_ = trained.intercept
    estimator.__dict__.update(trained.attributes)
    estimator.loss_curve_ = [*curve, *trained.attributes["loss_curve_"]]
    return trained
