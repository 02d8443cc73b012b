"""What every operation does first and last: arrays as the kernels read them, and ``out``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FloatArray",
    "as_float",
    "as_floats",
    "check_out",
    "contiguous",
    "deliver",
    "row_major",
    "same_shape",
    "target",
]

FloatArray = NDArray[Any]  # of float32 or float64

_F32 = np.dtype(np.float32)
_F64 = np.dtype(np.float64)


def as_float(name: str, value: ArrayLike) -> FloatArray:
    """Return an argument as a native array of float32 or float64, without a copy if it is one."""
    array = np.asarray(value)
    dtype = array.dtype
    if dtype is _F64 or dtype is _F32:
        return array
    _check_real(name, dtype)
    return array.astype(_computed_in(dtype), copy=False)


def as_floats(**arguments: ArrayLike) -> list[FloatArray]:
    """Return the arguments as native arrays of the one type that NumPy would compute in."""
    arrays = [np.asarray(value) for value in arguments.values()]
    first = arrays[0].dtype
    if (first is _F64 or first is _F32) and all(array.dtype is first for array in arrays):
        return arrays
    for name, array in zip(arguments, arrays, strict=True):
        _check_real(name, array.dtype)
    dtype = _computed_in(np.result_type(*(array.dtype for array in arrays)))
    return [array.astype(dtype, copy=False) for array in arrays]


def _check_real(name: str, dtype: np.dtype[Any]) -> None:
    """Refuse what has no exact home in float64, or is no number."""
    if dtype.kind not in "biuf" or dtype.itemsize > 8:
        raise TypeError(f"`{name}` must hold real numbers of at most 64 bits, got dtype {dtype}")


def _computed_in(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type in which values of ``dtype`` are computed."""
    return _F32 if dtype.kind == "f" and dtype.itemsize <= 4 else _F64


def contiguous(array: FloatArray) -> FloatArray:
    """Return the array as one aligned block of memory in C or Fortran order."""
    flags = array.flags
    if flags.forc and flags.aligned:
        return array
    return np.array(array, order="C")


def row_major(array: FloatArray) -> FloatArray:
    """Return the array as one aligned block of memory in C order."""
    flags = array.flags
    if flags.c_contiguous and flags.aligned:
        return array
    return np.array(array, order="C")


def same_shape(**arrays: FloatArray) -> None:
    """Refuse two arrays of different shapes."""
    (first, a), (second, b) = arrays.items()
    if a.shape != b.shape:
        raise ValueError(
            f"`{second}` must have the shape of `{first}`, {a.shape}, got shape {b.shape}"
        )


def check_out(out: FloatArray | None, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
    """Refuse an ``out`` that cannot take a result of this shape and type."""
    if out is None:
        return
    if not isinstance(out, np.ndarray):
        raise TypeError(f"`out` must be an ndarray, got {type(out).__name__}")
    if out.shape != shape:
        raise ValueError(f"`out` must have shape {shape}, got shape {out.shape}")
    if not np.can_cast(dtype, out.dtype, "same_kind"):
        raise TypeError(f"`out` must take {dtype}, got dtype {out.dtype}")
    if not out.flags.writeable:
        raise ValueError("`out` must be writeable, got a read-only array")


def target(
    out: FloatArray | None, shape: tuple[int, ...], dtype: np.dtype[Any], *inputs: FloatArray
) -> FloatArray:
    """Return the C-ordered array to compute into: ``out`` itself if a kernel may write there.

    A kernel never reads what it writes: an ``out`` that may overlap an input is filled at the end.
    """
    if out is None:
        return np.empty(shape, dtype)
    check_out(out, shape, dtype)
    direct = out.dtype is dtype and out.flags.c_contiguous and out.flags.aligned
    if direct and not any(np.may_share_memory(out, array) for array in inputs):
        return out
    return np.empty(shape, dtype)


def deliver(result: FloatArray, out: FloatArray | None) -> Any:
    """Return the result as NumPy would: in ``out``, or as a scalar if it has no dimensions."""
    if out is None:
        return result[()] if result.ndim == 0 else result
    if out is not result:
        np.copyto(out, result, casting="same_kind")
    return out
