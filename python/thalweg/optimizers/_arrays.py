"""Parameters in any structure -> one arena: one array, a list or a dict of arrays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Bytes of a cache line: the arena begins on one, so that vector loads never split one.
_ALIGNMENT = 64


class Structure:
    """How the user holds tensors: one array, a sequence, or a dict.

    Parameters
    ----------
    params : array-like, list, tuple or dict
        The tensors whose structure it is.
    """

    def __init__(self, params: Any) -> None:
        self.keys: tuple[Hashable, ...] | None = None
        self.is_single = False
        if isinstance(params, dict):
            self.keys = tuple(params)
        elif not isinstance(params, list | tuple):
            self.is_single = True
        self.count = 1 if self.is_single else len(params)
        self._key_set = frozenset(self.keys or ())

    def places(self) -> list[str]:
        """Return what an error puts behind ``params`` or ``grads``, tensor by tensor."""
        if self.is_single:
            return [""]
        return [f"[{key!r}]" for key in self.keys or range(self.count)]

    def flatten(self, name: str, tensors: Any) -> Sequence[Any]:
        """Return the tensors of an argument in order.

        Raises
        ------
        TypeError
            If it is another kind of container than the parameters'.
        ValueError
            If keys or their number differ.
        """
        if self.is_single:
            return (tensors,)
        if self.keys is not None:
            if not isinstance(tensors, dict):
                raise TypeError(f"`{name}` must be a dict, as `params` is, got {type(tensors)}")
            if tensors.keys() != self._key_set:
                expected = list(self.keys)
                raise ValueError(f"`{name}` must have the keys {expected}, got {list(tensors)}")
            return [tensors[key] for key in self.keys]
        if not isinstance(tensors, list | tuple):
            raise TypeError(f"`{name}` must be a list, as `params` is, got {type(tensors)}")
        if len(tensors) != self.count:
            raise ValueError(f"`{name}` must have {self.count} arrays, got {len(tensors)}")
        return tensors

    def unflatten(self, tensors: Sequence[Any]) -> Any:
        """Put tensors in order into the structure; the inverse of :meth:`flatten`."""
        if self.is_single:
            return tensors[0]
        if self.keys is not None:
            return dict(zip(self.keys, tensors, strict=True))
        return list(tensors)

    def indices(self, name: str, keys: Any) -> list[int]:
        """Return the numbers of the tensors that keys or indices name, one or several."""
        known = list(range(self.count)) if self.keys is None else list(self.keys)
        several = keys if isinstance(keys, list | tuple | set) and keys not in known else [keys]
        for key in several:
            if key not in known:
                raise ValueError(f"`{name}` must be among {known}, got {key!r}")
        return [known.index(key) for key in several]


def new_arena(arrays: Sequence[Array]) -> tuple[Array, list[Array]]:
    """Copy arrays into one flat arena.

    Parameters
    ----------
    arrays : sequence of ndarrays
        Of one floating dtype.

    Returns
    -------
    arena : ndarray of shape (length,)
        All elements, each array from a cache line on, zeros between them.
    views : list of ndarrays
        The arrays' places in it.
    """
    from thalweg._core import arena_layout  # here, so that an optimizer alone loads no library

    dtype = arrays[0].dtype if arrays else np.dtype(np.float64)
    length, offsets = arena_layout([array.shape for array in arrays])
    margin = _ALIGNMENT // dtype.itemsize
    space = np.zeros(length + margin, dtype)
    skip = -space.ctypes.data % _ALIGNMENT // dtype.itemsize
    arena = space[skip : skip + length]
    views = views_of(arena, arrays, offsets)
    for view, array in zip(views, arrays, strict=True):
        view[...] = array
    return arena, views


def views_of(arena: Array, like: Sequence[Array], offsets: Sequence[int]) -> list[Array]:
    """Return the places in an arena of arrays with these shapes."""
    pairs = zip(like, offsets, strict=True)
    return [arena[at : at + array.size].reshape(array.shape) for array, at in pairs]


def as_params(places: Sequence[str], params: Sequence[Any], name: str = "params") -> list[Array]:
    """Return tensors as arrays of one dtype, float32 or float64.

    Raises
    ------
    TypeError
        If one is of another dtype.
    """
    arrays = [np.asarray(value) for value in params]
    for place, array in zip(places, arrays, strict=True):
        if array.dtype not in (np.float32, np.float64):
            raise TypeError(f"`{name}{place}` must be of float32 or float64, got {array.dtype}")
        if array.dtype != arrays[0].dtype:
            expected = arrays[0].dtype
            raise TypeError(
                f"`{name}{place}` must be of {expected}, as the first is, got {array.dtype}"
            )
    return arrays


def conform(name: str, value: Any, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return a contiguous copy of an array, called by the core where it cannot take it as it is.

    Parameters
    ----------
    name : str
        What an error calls it.
    value : array-like
        A strided array, or for a single number a Python number.
    shape : tuple of int
        What its shape must be.
    dtype : dtype
        What its dtype must be.

    Returns
    -------
    array : ndarray
        C-contiguous and aligned.

    Raises
    ------
    TypeError
        If it is no array or of another dtype.
    ValueError
        If its shape is another.
    """
    if shape == () and isinstance(value, float | int):
        value = np.asarray(value, dtype)
    if not isinstance(value, np.ndarray | np.generic):
        raise TypeError(f"`{name}` must be an array of {dtype}, got {type(value)}")
    if value.dtype != dtype:
        raise TypeError(f"`{name}` must be of {dtype}, as the parameters are, got {value.dtype}")
    if value.shape != shape:
        raise ValueError(f"`{name}` must be of shape {shape}, got {value.shape}")
    return np.array(value, dtype, order="C")


Closure = Callable[[Any], tuple[float, Any]]
