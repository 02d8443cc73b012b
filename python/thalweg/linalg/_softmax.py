"""Softmax and log-sum-exp, each with its gradient."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from thalweg import _core
from thalweg.linalg._arrays import FloatArray, as_float, as_floats, row_major, same_shape
from thalweg.linalg._reductions import Axis, axes_of, reduced, rows, sum

__all__ = ["logsumexp", "logsumexp_gradient", "softmax", "softmax_gradient"]


def softmax(x: ArrayLike, axis: Axis = None) -> Any:
    """Return ``exp(x) / sum(exp(x))`` without overflow, as :func:`scipy.special.softmax`.

    Parameters
    ----------
    x : array_like
        Any shape.
    axis : int or tuple of int, optional
        Axes over which the result sums to 1; all of them by default.

    Returns
    -------
    p : ndarray or scalar
        Of the shape of ``x``.

    Raises
    ------
    ValueError
        If there is nothing to sum over.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.softmax([[1000.0, 1000.0], [0.0, -1000.0]], axis=1)
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    array = as_float("x", x)
    axes = axes_of(array, axis)
    matrix, kept = rows(array, axes)
    if matrix.shape[1] == 0:
        raise ValueError(f"`x` must have elements along `axis`, got shape {array.shape}")
    if np.may_share_memory(matrix, array) or not matrix.size:
        matrix = matrix.copy()  # an empty view of a read-only array is read-only too
    _core.softmax_rows(matrix)
    moved = matrix.reshape((*kept, *(array.shape[i] for i in sorted(axes))))
    result = np.moveaxis(moved, range(len(kept), array.ndim), sorted(axes))
    return result[()] if result.ndim == 0 else result


def softmax_gradient(output: ArrayLike, grad: ArrayLike, axis: Axis = None) -> Any:
    """Return the gradient through :func:`softmax`: ``output * (grad - sum(output * grad))``.

    Parameters
    ----------
    output : array_like
        What :func:`softmax` returned.
    grad : array_like
        Gradient with respect to it, of the same shape.
    axis : int or tuple of int, optional
        As given to :func:`softmax`.

    Returns
    -------
    gradient : ndarray or scalar
        Gradient with respect to the input of :func:`softmax`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.softmax_gradient([0.5, 0.5], [1.0, 0.0])
    array([ 0.25, -0.25])
    """
    o, g = as_floats(output=output, grad=grad)
    same_shape(output=o, grad=g)
    with np.errstate(all="ignore"):
        return o * (g - sum(o * g, axis, keepdims=True))


def logsumexp(x: ArrayLike, axis: Axis = None, keepdims: bool = False) -> Any:
    """Return ``log(sum(exp(x)))`` without overflow, as :func:`scipy.special.logsumexp`.

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
    y : ndarray or scalar
        Minus infinity where nothing is summed.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.logsumexp([[1000.0, 1000.0], [0.0, -1000.0]], axis=1)
    array([1000.69314718,    0.        ])
    """
    array = as_float("x", x)
    axes = axes_of(array, axis)
    matrix, kept = rows(array, axes)
    out = np.empty(len(matrix), array.dtype)
    _core.log_sum_exp_rows(matrix, out)
    return reduced(out.reshape(kept), array, axes, keepdims)


def logsumexp_gradient(x: ArrayLike, grad: ArrayLike, axis: Axis = None) -> Any:
    """Return the gradient through :func:`logsumexp`: ``grad * softmax(x)``.

    Parameters
    ----------
    x : array_like
        What :func:`logsumexp` was given: the input, as in :func:`log_gradient`.
    grad : array_like
        Gradient with respect to the output, of its shape, with or without ``keepdims``.
    axis : int or tuple of int, optional
        As given to :func:`logsumexp`.

    Returns
    -------
    gradient : ndarray or scalar
        Gradient with respect to ``x``.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.logsumexp_gradient([0.0, 0.0], 3.0)
    array([1.5, 1.5])
    """
    a, g = as_floats(x=x, grad=grad)
    axes = axes_of(a, axis)
    kept: FloatArray = np.empty([1 if i in axes else n for i, n in enumerate(a.shape)])
    flat = tuple(n for i, n in enumerate(a.shape) if i not in axes)
    if g.shape not in (flat, kept.shape):
        raise ValueError(f"`grad` must have shape {flat} or {kept.shape}, got shape {g.shape}")
    with np.errstate(all="ignore"):
        return row_major(g).reshape(kept.shape) * softmax(a, axis)
