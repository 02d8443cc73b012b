"""Functions of one number, each with its gradient written by what the forward pass has at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from thalweg import _core
from thalweg.linalg._arrays import (
    FloatArray,
    as_float,
    as_floats,
    check_out,
    contiguous,
    deliver,
    row_major,
    same_shape,
    target,
)

__all__ = [
    "exp",
    "exp_gradient",
    "log",
    "log_gradient",
    "relu",
    "relu_gradient",
    "sigmoid",
    "sigmoid_gradient",
    "tanh",
    "tanh_gradient",
]


def _map(
    kernel: Callable[[FloatArray, FloatArray], None], x: ArrayLike, out: FloatArray | None
) -> Any:
    """Apply a kernel to every element."""
    array = as_float("x", x)
    if out is None:
        # Order does not matter to an element: the result keeps that of the input.
        array = contiguous(array)
        result = np.empty_like(array, subok=False)
    else:
        result = target(out, array.shape, array.dtype, array)
        array = row_major(array)
    kernel(array, result)
    return deliver(result, out)


def _gradient(
    kernel: Callable[[FloatArray, FloatArray, FloatArray], None],
    output: ArrayLike,
    grad: ArrayLike,
    out: FloatArray | None,
) -> Any:
    """Apply a kernel to every pair of an activation's output and the gradient that meets it."""
    o, g = as_floats(output=output, grad=grad)
    same_shape(output=o, grad=g)
    result = target(out, o.shape, o.dtype, o, g)
    kernel(row_major(o), row_major(g), result)
    return deliver(result, out)


def exp(x: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the exponential of every element, within 1 ULP.

    Parameters
    ----------
    x : array_like
        Any shape.
    out : ndarray, optional
        Where the result goes, of the shape of ``x``; may be ``x``.

    Returns
    -------
    y : ndarray or scalar
        ``e**x``, as :func:`numpy.exp`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.exp([0.0, -float("inf")])
    array([1., 0.])
    """
    return _map(_core.exp, x, out)


def exp_gradient(output: ArrayLike, grad: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the gradient through :func:`exp`: ``grad * output``.

    Parameters
    ----------
    output : array_like
        What :func:`exp` returned.
    grad : array_like
        Gradient with respect to it, of the same shape.
    out : ndarray, optional
        Where the result goes; may be one of the inputs.

    Returns
    -------
    gradient : ndarray or scalar
        Gradient with respect to the input of :func:`exp`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.exp_gradient(linalg.exp([0.0]), [3.0])
    array([3.])
    """
    o, g = as_floats(output=output, grad=grad)
    same_shape(output=o, grad=g)
    check_out(out, o.shape, o.dtype)
    # One product an element has the same bits wherever it is computed.
    with np.errstate(all="ignore"):
        return np.multiply(g, o, out=out)


def log(x: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the natural logarithm of every element.

    Parameters
    ----------
    x : array_like
        Any shape.
    out : ndarray, optional
        Where the result goes, of the shape of ``x``; may be ``x``.

    Returns
    -------
    y : ndarray or scalar
        ``ln(x)``, as :func:`numpy.log`: minus infinity at 0, NaN below.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.log([1.0, 0.0])
    array([  0., -inf])
    """
    return _map(_core.log, x, out)


def log_gradient(x: ArrayLike, grad: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the gradient through :func:`log`: ``grad / x``.

    Parameters
    ----------
    x : array_like
        What :func:`log` was given: here, unlike elsewhere, the input and not the output.
    grad : array_like
        Gradient with respect to the output, of the same shape.
    out : ndarray, optional
        Where the result goes; may be one of the inputs.

    Returns
    -------
    gradient : ndarray or scalar
        Gradient with respect to ``x``.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.log_gradient([4.0], [2.0])
    array([0.5])
    """
    a, g = as_floats(x=x, grad=grad)
    same_shape(x=a, grad=g)
    check_out(out, a.shape, a.dtype)
    with np.errstate(all="ignore"):
        return np.divide(g, a, out=out)


def tanh(x: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the hyperbolic tangent of every element.

    Parameters
    ----------
    x : array_like
        Any shape.
    out : ndarray, optional
        Where the result goes, of the shape of ``x``; may be ``x``.

    Returns
    -------
    y : ndarray or scalar
        ``tanh(x)``, as :func:`numpy.tanh`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.tanh([0.0, 100.0])
    array([0., 1.])
    """
    return _map(_core.tanh, x, out)


def tanh_gradient(output: ArrayLike, grad: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the gradient through :func:`tanh`: ``grad * (1 - output**2)``.

    Parameters
    ----------
    output : array_like
        What :func:`tanh` returned.
    grad : array_like
        Gradient with respect to it, of the same shape.
    out : ndarray, optional
        Where the result goes; may be one of the inputs.

    Returns
    -------
    gradient : ndarray or scalar
        Gradient with respect to the input of :func:`tanh`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.tanh_gradient([0.5], [4.0])
    array([3.])
    """
    return _gradient(_core.tanh_gradient, output, grad, out)


def sigmoid(x: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the logistic function of every element.

    Parameters
    ----------
    x : array_like
        Any shape.
    out : ndarray, optional
        Where the result goes, of the shape of ``x``; may be ``x``.

    Returns
    -------
    y : ndarray or scalar
        ``1 / (1 + exp(-x))``, as :func:`scipy.special.expit`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.sigmoid([0.0, 1000.0])
    array([0.5, 1. ])
    """
    return _map(_core.sigmoid, x, out)


def sigmoid_gradient(output: ArrayLike, grad: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the gradient through :func:`sigmoid`: ``grad * output * (1 - output)``.

    Parameters
    ----------
    output : array_like
        What :func:`sigmoid` returned.
    grad : array_like
        Gradient with respect to it, of the same shape.
    out : ndarray, optional
        Where the result goes; may be one of the inputs.

    Returns
    -------
    gradient : ndarray or scalar
        Gradient with respect to the input of :func:`sigmoid`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.sigmoid_gradient([0.5], [4.0])
    array([1.])
    """
    return _gradient(_core.sigmoid_gradient, output, grad, out)


def relu(x: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the positive part of every element.

    Parameters
    ----------
    x : array_like
        Any shape.
    out : ndarray, optional
        Where the result goes, of the shape of ``x``; may be ``x``.

    Returns
    -------
    y : ndarray or scalar
        ``maximum(x, 0)``; NaN stays NaN.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.relu([-1.0, 2.0])
    array([0., 2.])
    """
    return _map(_core.relu, x, out)


def relu_gradient(output: ArrayLike, grad: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the gradient through :func:`relu`: ``grad`` where ``output`` is not 0.

    Parameters
    ----------
    output : array_like
        What :func:`relu` returned.
    grad : array_like
        Gradient with respect to it, of the same shape.
    out : ndarray, optional
        Where the result goes; may be one of the inputs.

    Returns
    -------
    gradient : ndarray or scalar
        Gradient with respect to the input of :func:`relu`.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.relu_gradient([0.0, 2.0], [5.0, 5.0])
    array([0., 5.])
    """
    return _gradient(_core.relu_gradient, output, grad, out)
