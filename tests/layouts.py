"""The same values in every memory layout that NumPy has, for tests that none of them matters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st


def nothing(shape, dtype):
    """What no result may depend on: NaN, where there is one."""
    return np.full(shape, np.nan if np.dtype(dtype).kind == "f" else 77).astype(dtype)


def sliced(values):
    """Every other element along every axis of a larger array."""
    large = nothing([2 * n + 1 for n in values.shape], values.dtype)
    part = large[(*(slice(0, 2 * n, 2) for n in values.shape), ...)]
    part[...] = values
    return part


def negative(values):
    """Every axis backwards."""
    back = (*(slice(None, None, -1) for _ in values.shape), ...)
    return np.array(values[back], order="C")[back]


def swapped(values):
    """The other byte order."""
    return values.astype(values.dtype.newbyteorder())


def read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


def misaligned(values):
    """At an odd address."""
    memory = bytearray(values.nbytes + 1)
    array = np.frombuffer(memory, values.dtype, values.size, offset=1).reshape(values.shape)
    array[...] = values
    return array


def fortran(values):
    return np.array(values, order="F")


def rows_of_a_wider_one(values):
    """Rows that are contiguous, but not one after the other."""
    if values.ndim == 0:
        return values.copy()
    wide = nothing((*values.shape[:-1], values.shape[-1] + 3), values.dtype)
    wide[..., 1:-2] = values
    return wide[..., 1:-2]


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    layout.__name__: layout
    for layout in (
        np.array,
        fortran,
        sliced,
        negative,
        swapped,
        read_only,
        misaligned,
        rows_of_a_wider_one,
    )
}

layouts = st.sampled_from(list(LAYOUTS.values()))
dtypes = st.sampled_from([np.float32, np.float64])
seeds = st.integers(0, 2**32 - 1)
sides = st.integers(0, 40)


def normal(seed, shape, dtype):
    """Normally distributed numbers."""
    return np.asarray(np.random.default_rng(seed).normal(size=shape), dtype)


def bits(result):
    """What has to be equal where the bits have to be: NaN equals itself, and 0 is not -0."""
    array = np.asarray(result)
    return array.shape, array.dtype.str, np.ascontiguousarray(array).tobytes()
