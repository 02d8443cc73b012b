"""Sums, means and norms over axes.

A reduction over the leading axes goes down the columns, every other one along the rows. Which of
the two it is follows from shape and axis alone, so the bits do not depend on the memory order.
"""

from __future__ import annotations

import warnings
from math import inf, prod
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple
from numpy.typing import ArrayLike

from thalweg import _core
from thalweg.linalg._arrays import FloatArray, as_float, row_major

__all__ = ["Axis", "axes_of", "mean", "norm", "reduced", "rows", "sum"]

Axis = int | tuple[int, ...] | None


def sum(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the sum over axes, as :func:`numpy.sum`.

    Parameters
    ----------
    x : array_like
        Any shape.
    axis : int or tuple of int, optional
        Axes to sum over; all of them by default.
    keepdims : bool, default=False
        Keep the axes summed over, with length 1.

    Returns
    -------
    total : ndarray or scalar
        0 where nothing is summed.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    array([4., 6.])
    """
    array = as_float("x", x)
    return reduced(_sum(array, axes := axes_of(array, axis)), array, axes, keepdims)


def mean(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return the mean over axes, as :func:`numpy.mean`.

    Parameters
    ----------
    x : array_like
        Any shape.
    axis : int or tuple of int, optional
        Axes to average over; all of them by default.
    keepdims : bool, default=False
        Keep the axes averaged over, with length 1.

    Returns
    -------
    average : ndarray or scalar
        The sum divided by the number of elements; NaN, with a RuntimeWarning, over no elements.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.mean([[1.0, 2.0], [3.0, 4.0]], axis=1)
    array([1.5, 3.5])
    """
    array = as_float("x", x)
    axes = axes_of(array, axis)
    count = prod(array.shape[i] for i in axes)
    if count == 0:
        warnings.warn("Mean of empty slice.", RuntimeWarning, stacklevel=2)
    with np.errstate(all="ignore"):
        average = _sum(array, axes) / array.dtype.type(count)
    return reduced(average, array, axes, keepdims)


def norm(
    x: ArrayLike,
    ord: float | str | None = None,
    axis: Axis = None,
    keepdims: bool = False,
) -> Any:
    """Return the norm of vectors or matrices, as :func:`numpy.linalg.norm`.

    Parameters
    ----------
    x : array_like
        Any shape with ``ord=None``; with an ``ord`` and without an ``axis``, a vector or a matrix.
    ord : {None, 1, 2, inf, 'fro'}, default=None
        None: the square root of the sum of squares. For vectors 1, 2 or ``inf``; for matrices
        ``'fro'`` (as None), 1 (the largest column sum of magnitudes) or ``inf`` (the largest row
        sum). The other norms of :func:`numpy.linalg.norm` are refused.
    axis : int or tuple of two ints, optional
        The axis of the vectors, or the axes of rows and columns of the matrices.
    keepdims : bool, default=False
        Keep the axes of the vectors or matrices, with length 1.

    Returns
    -------
    length : ndarray or scalar
        Non-negative.

    Examples
    --------
    >>> from thalweg import linalg
    >>> float(linalg.norm([3.0, 4.0]))
    5.0
    >>> linalg.norm([[1.0, -2.0], [3.0, 4.0]], ord=1, axis=1)
    array([3., 7.])
    """
    array = as_float("x", x)
    axes = axes_of(array, axis)
    if ord is None and axis is None:
        return reduced(_euclidean(array, axes), array, axes, keepdims)
    if len(axes) == 1:
        return reduced(_vector_norm(array, axes, ord), array, axes, keepdims)
    if len(axes) == 2:
        return reduced(_matrix_norm(array, axes, ord), array, axes, keepdims)
    raise ValueError(
        f"`axis` must name one axis or two, got {len(axes)} (x of shape {array.shape})"
    )


def _vector_norm(x: FloatArray, axes: tuple[int, ...], ord: float | str | None) -> FloatArray:
    """Return the norms of the vectors along one axis."""
    if ord is None or ord == 2:
        return _euclidean(x, axes)
    if ord == 1:
        return _sum(np.abs(x), axes)
    if ord == inf:
        # A maximum is the same in any order.
        return np.abs(x).max(axis=axes[0])
    raise ValueError(f"`ord` must be None, 1, 2 or inf for vectors, got {ord!r}")


def _matrix_norm(x: FloatArray, axes: tuple[int, ...], ord: float | str | None) -> FloatArray:
    """Return the norms of the matrices along two axes."""
    if ord is None or ord == "fro":
        return _euclidean(x, axes)
    if ord not in (1, inf):
        raise ValueError(f"`ord` must be None, 'fro', 1 or inf for matrices, got {ord!r}")
    summed, kept = axes if ord == 1 else axes[::-1]
    sums = _sum(np.abs(x), (summed,))
    return sums.max(axis=kept - (kept > summed))


def _euclidean(x: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Return the square roots of the sums of squares."""
    matrix, kept = rows(x, axes)
    out = np.empty(len(matrix), x.dtype)
    _core.row_norms(matrix, out)
    return out.reshape(kept)


def _sum(x: FloatArray, axes: tuple[int, ...]) -> FloatArray:
    """Return the sums over some axes."""
    if 0 < len(axes) < x.ndim and sorted(axes) == list(range(len(axes))):
        kept = x.shape[len(axes) :]
        matrix = row_major(x).reshape(prod(x.shape[: len(axes)]), prod(kept))
        out = np.empty(prod(kept), x.dtype)
        _core.column_sums(matrix, out)
        return out.reshape(kept)
    matrix, kept = rows(x, axes)
    out = np.empty(len(matrix), x.dtype)
    _core.row_sums(matrix, out)
    return out.reshape(kept)


def axes_of(x: FloatArray, axis: Axis) -> tuple[int, ...]:
    """Return the axes to reduce, each in [0, x.ndim)."""
    if axis is None:
        return tuple(range(x.ndim))
    return tuple(int(i) for i in normalize_axis_tuple(axis, x.ndim, "axis"))


def rows(x: FloatArray, axes: tuple[int, ...]) -> tuple[FloatArray, tuple[int, ...]]:
    """Return a matrix with the reduced axes along its rows, and the shape of the others."""
    kept = tuple(i for i in range(x.ndim) if i not in axes)
    shape = tuple(x.shape[i] for i in kept)
    moved = row_major(x.transpose(*kept, *sorted(axes)))
    return moved.reshape(prod(shape), prod(x.shape[i] for i in axes)), shape


def reduced(result: FloatArray, x: FloatArray, axes: tuple[int, ...], keepdims: bool) -> Any:
    """Return the result of a reduction in its final shape, or as a scalar."""
    if keepdims:
        result = result.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])
    return result[()] if result.ndim == 0 else result
