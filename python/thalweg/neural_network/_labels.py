"""Labels <-> indicator columns, as scikit-learn's LabelBinarizer has them.

A vector of plain labels is encoded from the one sort that finds its classes; LabelBinarizer looks
at it several times, which takes longer than an epoch on a small table. Everything else
(several labels, objects, sparse indicators) and every error is LabelBinarizer's own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.multiclass import type_of_target, unique_labels

Columns = NDArray[np.bool_]


def learn(y: Any) -> tuple[LabelBinarizer, Columns]:
    """Find the classes of y, and encode it.

    Parameters
    ----------
    y : ndarray of shape (n_samples,), or indicator matrix of shape (n_samples, n_labels)
        Labels.

    Returns
    -------
    binarizer : LabelBinarizer
        Knows the classes.
    columns : ndarray of shape (n_samples, n_columns)
        One per class; a single one for two classes or fewer.
    """
    binarizer = LabelBinarizer()
    kind = _kind_of_vector(y)
    if kind is None:
        binarizer.fit(y)
        return binarizer, _transform(binarizer, y)
    binarizer.classes_ = np.unique(y)
    binarizer.y_type_, binarizer.sparse_input_ = kind, False
    return binarizer, _columns(y, binarizer.classes_)


def encode(binarizer: LabelBinarizer, y: Any, warm_start: bool) -> Columns:
    """Encode labels of classes that are known.

    Parameters
    ----------
    binarizer : LabelBinarizer
        Knows the classes.
    y : ndarray of shape (n_samples,), or indicator matrix of shape (n_samples, n_labels)
        Labels.
    warm_start : bool
        Every class must occur again; otherwise y may have some of them only.

    Returns
    -------
    columns : ndarray of shape (n_samples, n_columns)
        Whether a sample has a label.

    Raises
    ------
    ValueError
        If the labels do not go with the classes; in scikit-learn's words.
    """
    classes = binarizer.classes_
    one_label = binarizer.y_type_ in ("binary", "multiclass")
    if not one_label or _kind_of_vector(y) is None or y.dtype.kind != classes.dtype.kind:
        _check_labels(unique_labels(y), classes, warm_start)
        return _transform(binarizer, y)
    _check_labels(np.unique(y), classes, warm_start)
    return _columns(y, classes)


def wanted(binarizer: LabelBinarizer | None) -> str:
    """Return what :func:`decode` needs to know of the probabilities, as the core calls it."""
    if binarizer is None:
        return "outputs"
    kind = binarizer.y_type_
    if kind == "multiclass":
        return "largest"
    two = kind == "binary" and len(binarizer.classes_) == 2
    several = kind == "multilabel-indicator" and not binarizer.sparse_input_
    return "above_half" if two or several else "outputs"


def decode(binarizer: LabelBinarizer, read: NDArray[Any]) -> NDArray[Any]:
    """Turn what was read from probabilities into labels, as ``inverse_transform`` does, unchecked.

    Parameters
    ----------
    binarizer : LabelBinarizer
        Knows the classes.
    read : ndarray of shape (n_samples,) or (n_samples, n_columns)
        What :func:`wanted` has asked for.

    Returns
    -------
    y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        The first of the most probable classes, or the columns above one half.
    """
    if read.dtype != np.int64:
        return binarizer.inverse_transform(read)
    return read if binarizer.y_type_ == "multilabel-indicator" else binarizer.classes_.take(read)


def _kind_of_vector(y: Any) -> str | None:
    """Return 'binary' or 'multiclass' for a vector of plain labels, None for all else."""
    if not isinstance(y, np.ndarray) or y.ndim != 1 or y.dtype.kind not in "biufU":
        return None
    kind = type_of_target(y, input_name="y")
    return kind if kind in ("binary", "multiclass") else None


def _columns(y: NDArray[Any], classes: NDArray[Any]) -> Columns:
    """Turn labels into columns."""
    # Two classes, or one: the single column says whether it is the second.
    wanted = classes if len(classes) > 2 else classes[1:2]
    columns = np.zeros((len(y), max(1, len(wanted))), dtype=bool)
    for column, label in zip(columns.T, wanted, strict=False):
        np.equal(y, label, out=column)
    return columns


def _transform(binarizer: LabelBinarizer, y: Any) -> Columns:
    """Encode by LabelBinarizer."""
    columns = binarizer.transform(y)
    if issparse(columns):
        columns = columns.toarray()
    return columns.astype(bool)


def _check_labels(labels: NDArray[Any], classes: NDArray[Any], warm_start: bool) -> None:
    """Raise ValueError for labels that do not go with the classes of an earlier call."""
    if warm_start:
        if set(labels) != set(classes):
            raise ValueError(
                "warm_start can only be used where `y` has the same "
                "classes as in the previous call to fit. Previously "
                f"got {classes}, `y` has {labels}"
            )
    elif len(np.setdiff1d(labels, classes, assume_unique=True)):
        raise ValueError(
            "`y` has classes not in `self.classes_`. "
            f"`self.classes_` has {classes}. 'y' has {labels}."
        )
