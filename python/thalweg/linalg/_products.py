"""Products of matrices and vectors."""

from __future__ import annotations

from math import prod
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from thalweg import _core
from thalweg.linalg._arrays import (
    FloatArray,
    as_floats,
    check_out,
    contiguous,
    deliver,
    row_major,
    same_shape,
    target,
)

__all__ = ["axpy", "dot", "matmul", "matvec", "outer"]


def matmul(a: ArrayLike, b: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the matrix product, as :func:`numpy.matmul`.

    Each element of a product of two matrices is one chain of fused multiply-adds in ascending
    order of the inner index; a product with a vector is a dot product for each row.

    Parameters
    ----------
    a : array_like of shape (..., m, k) or (k,)
        A vector is a row.
    b : array_like of shape (..., k, n) or (k,)
        A vector is a column. Leading dimensions broadcast.
    out : ndarray, optional
        Where the result goes; may overlap the inputs.

    Returns
    -------
    c : ndarray of shape (..., m, n), or scalar
        Without the dimension of a vector. A scalar if both are vectors.

    Raises
    ------
    ValueError
        If the shapes do not agree, or one of them has no dimension.
    TypeError
        If an argument holds no real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg import linalg
    >>> linalg.matmul([[1.0, 2.0], [3.0, 4.0]], [[5.0], [6.0]])
    array([[17.],
           [39.]])
    >>> linalg.matmul(np.ones((5, 2, 3)), np.ones((3, 4))).shape
    (5, 2, 4)
    """
    if out is None and (product := _core.plain_product(a, b)) is not None:
        return product
    x, y = as_floats(a=a, b=b)
    if x.ndim == 2 and y.ndim == 2:
        _check_inner(x, y, y.shape[0])
        return _matrix_product(x, y, out)
    if x.ndim == 0 or y.ndim == 0:
        name, shape = ("a", x.shape) if x.ndim == 0 else ("b", y.shape)
        raise ValueError(f"`{name}` must have at least one dimension, got shape {shape}")
    _check_inner(x, y, y.shape[max(y.ndim - 2, 0)])
    if y.ndim == 1:
        return _matvec(x, y, out)
    if x.ndim == 1:
        return _matvec(y.swapaxes(-1, -2), x, out)
    return _stacked_product(x, y, out)


def matvec(a: ArrayLike, x: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the product of a matrix and a vector, as :func:`numpy.matvec`.

    Parameters
    ----------
    a : array_like of shape (..., m, k)
        Matrix, or a stack of them.
    x : array_like of shape (..., k)
        Vector, or a stack of them. Leading dimensions broadcast.
    out : ndarray, optional
        Where the result goes; may overlap the inputs.

    Returns
    -------
    y : ndarray of shape (..., m)
        A dot product for each row.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.matvec([[1.0, 2.0], [3.0, 4.0]], [1.0, -1.0])
    array([-1., -1.])
    """
    matrix, vector = as_floats(a=a, x=x)
    if matrix.ndim < 2:
        raise ValueError(f"`a` must have at least two dimensions, got shape {matrix.shape}")
    if vector.ndim < 1:
        raise ValueError(f"`x` must have at least one dimension, got shape {vector.shape}")
    if matrix.shape[-1] != vector.shape[-1]:
        raise ValueError(
            f"`x` must have as many elements as `a` has columns, "
            f"got shapes {matrix.shape} and {vector.shape}"
        )
    if out is None and vector.ndim == 1:
        product = _core.plain_product(matrix, vector)
        if product is not None:
            return product
    return _matvec(matrix, vector, out)


def dot(a: ArrayLike, b: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return the dot product, as :func:`numpy.dot`.

    Parameters
    ----------
    a, b : array_like
        Two vectors: their inner product. Two matrices: :func:`matmul`. A scalar and an array: the
        elementwise product. Else the sum over the last dimension of ``a`` and the last but one (or
        only) dimension of ``b``.
    out : ndarray, optional
        Where the result goes; may overlap the inputs.

    Returns
    -------
    c : ndarray or scalar
        A scalar for two vectors.

    Examples
    --------
    >>> from thalweg import linalg
    >>> float(linalg.dot([1.0, 2.0], [3.0, 4.0]))
    11.0
    """
    if out is None and (product := _core.plain_product(a, b)) is not None:
        return product
    x, y = as_floats(a=a, b=b)
    if x.ndim == 0 or y.ndim == 0:
        check_out(out, np.broadcast_shapes(x.shape, y.shape), x.dtype)
        with np.errstate(all="ignore"):
            return np.multiply(x, y, out=out)
    _check_inner(x, y, y.shape[max(y.ndim - 2, 0)])
    if y.ndim == 1:
        return _matvec(x, y, out)
    if x.ndim == 1:
        return _matvec(y.swapaxes(-1, -2), x, out)
    if x.ndim == 2 and y.ndim == 2:
        return _matrix_product(x, y, out)
    return _all_with_all(x, y, out)


def outer(a: ArrayLike, b: ArrayLike, out: FloatArray | None = None) -> FloatArray:
    """Return the outer product of two vectors, as :func:`numpy.outer`.

    Parameters
    ----------
    a : array_like of shape (m,)
        First vector; flattened if it is none.
    b : array_like of shape (n,)
        Second vector; flattened if it is none.
    out : ndarray of shape (m, n), optional
        Where the result goes; may overlap the inputs.

    Returns
    -------
    c : ndarray of shape (m, n)
        ``c[i, j] = a[i] * b[j]``.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.outer([1.0, 2.0], [3.0, 4.0])
    array([[3., 4.],
           [6., 8.]])
    """
    x, y = as_floats(a=a, b=b)
    check_out(out, (x.size, y.size), x.dtype)
    # One product an element has the same bits wherever it is computed.
    with np.errstate(all="ignore"):
        return np.multiply(x.reshape(-1, 1), y.reshape(1, -1), out=out)


def axpy(alpha: float, x: ArrayLike, y: ArrayLike, out: FloatArray | None = None) -> Any:
    """Return ``alpha * x + y``, each element rounded once.

    Parameters
    ----------
    alpha : float
        Factor; rounded to the type of the arrays.
    x : array_like
        Any shape.
    y : array_like
        Of the same shape.
    out : ndarray, optional
        Where the result goes; ``out=y`` updates in place.

    Returns
    -------
    z : ndarray or scalar
        ``alpha * x + y``.

    Examples
    --------
    >>> from thalweg import linalg
    >>> linalg.axpy(2.0, [1.0, 2.0], [10.0, 20.0])
    array([12., 24.])
    """
    if isinstance(alpha, bool) or not isinstance(alpha, Real):
        raise TypeError(f"`alpha` must be a real number, got {alpha!r}")
    a, b = as_floats(x=x, y=y)
    same_shape(x=a, y=b)
    in_place = out is y and b is out
    result = target(out, b.shape, b.dtype, *((a,) if in_place else (a, b)))
    if result is not b:
        np.copyto(result, b)
    _core.axpy(float(alpha), row_major(a), result)
    return deliver(result, out)


def _check_inner(x: FloatArray, y: FloatArray, rows: int) -> None:
    """Refuse operands whose inner dimensions differ."""
    if x.shape[-1] != rows:
        raise ValueError(
            f"`b` must have as many rows as `a` has columns, got shapes {x.shape} and {y.shape}"
        )


def _matrix_product(x: FloatArray, y: FloatArray, out: FloatArray | None) -> FloatArray:
    """Multiply two matrices."""
    result = target(out, (x.shape[0], y.shape[1]), x.dtype, x, y)
    _core.matmul(contiguous(x), contiguous(y), result)
    return deliver(result, out)


def _matvec(x: FloatArray, y: FloatArray, out: FloatArray | None) -> Any:
    """Multiply matrices (..., m, k), or a vector (k,), with vectors (..., k)."""
    if y.ndim == 1 and x.ndim == 1:
        result = target(out, (), x.dtype, x, y)
        result[()] = _core.dot(row_major(x), row_major(y))
        return deliver(result, out)
    if y.ndim == 1 and x.ndim == 2:
        result = target(out, x.shape[:1], x.dtype, x, y)
        _core.matvec(contiguous(x), row_major(y), result)
        return deliver(result, out)
    batch = _broadcast(x, x.shape[:-2], y, y.shape[:-1])
    result = target(out, (*batch, x.shape[-2]), x.dtype, x, y)
    if x.size == 0 or y.size == 0:
        result.fill(0)
    else:
        at = _places(x.shape[:-2], batch), _places(y.shape[:-1], batch)
        _core.matvec_stack(_stack(x, 2), _stack(y, 1), *at, _stack(result, 1))
    return deliver(result, out)


def _stacked_product(x: FloatArray, y: FloatArray, out: FloatArray | None) -> FloatArray:
    """Multiply stacks of matrices (..., m, k) and (..., k, n)."""
    batch = _broadcast(x, x.shape[:-2], y, y.shape[:-2])
    result = target(out, (*batch, x.shape[-2], y.shape[-1]), x.dtype, x, y)
    if x.size == 0 or y.size == 0:
        result.fill(0)
    elif y.ndim == 2:
        # One matrix on the right: the stack on the left is a tall one.
        _core.matmul(_stack(x, 1), contiguous(y), _stack(result, 1))
    else:
        at = _places(x.shape[:-2], batch), _places(y.shape[:-2], batch)
        _core.matmul_stack(_stack(x, 2), _stack(y, 2), *at, _stack(result, 2))
    return deliver(result, out)


def _all_with_all(x: FloatArray, y: FloatArray, out: FloatArray | None) -> FloatArray:
    """Multiply every row of x (..., k) with every column of y (..., k, n)."""
    shape = (*x.shape[:-1], *y.shape[:-2], y.shape[-1])
    result = target(out, shape, x.dtype, x, y)
    if x.size == 0 or y.size == 0:
        result.fill(0)
    else:
        wide = row_major(np.moveaxis(y, -2, 0)).reshape(y.shape[-2], -1)
        _core.matmul(_stack(x, 1), wide, result.reshape(-1, wide.shape[1]))
    return deliver(result, out)


def _broadcast(
    x: FloatArray, x_batch: tuple[int, ...], y: FloatArray, y_batch: tuple[int, ...]
) -> tuple[int, ...]:
    """Return the leading dimensions of the result."""
    try:
        return np.broadcast_shapes(x_batch, y_batch)
    except ValueError:
        raise ValueError(
            f"leading dimensions must broadcast, got shapes {x.shape} and {y.shape}"
        ) from None


def _stack(array: FloatArray, dimensions: int) -> FloatArray:
    """Return an array that is not empty as a flat sequence of vectors or matrices."""
    return row_major(array).reshape(-1, *array.shape[array.ndim - dimensions :])


def _places(shape: tuple[int, ...], batch: tuple[int, ...]) -> NDArray[np.int64]:
    """Return, for each place in the batch, which element of a flat stack stands there."""
    flat = np.arange(prod(shape), dtype=np.int64).reshape(shape)
    return np.broadcast_to(flat, batch).flatten()
