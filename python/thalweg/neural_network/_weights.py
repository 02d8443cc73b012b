"""Weights: drawing them, and packed vector <-> ``coefs_`` and ``intercepts_``.

The packed order is scikit-learn's: every weight matrix in layer order, row by row, then every
intercept vector.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Weights = tuple[list[NDArray[Any]], list[NDArray[Any]]]


def count(units: Sequence[int]) -> int:
    """Return the number of parameters of a network, as an int that cannot overflow."""
    return sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(units))


def pack(
    coefs: Sequence[NDArray[Any]], intercepts: Sequence[NDArray[Any]], dtype: np.dtype[Any]
) -> NDArray[Any]:
    """Copy coefs and intercepts into one vector.

    Parameters
    ----------
    coefs : sequence of ndarrays of shape (fan_in, fan_out)
        One per layer.
    intercepts : sequence of ndarrays of shape (fan_out,)
        One per layer.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    packed : ndarray of shape (n_parameters,)
        A new vector.
    """
    return np.concatenate([np.ravel(part) for part in [*coefs, *intercepts]]).astype(dtype)


def unpack(packed: NDArray[Any], units: Sequence[int]) -> Weights:
    """Undo :func:`pack`: return views of a vector as coefs and intercepts.

    Parameters
    ----------
    packed : ndarray of shape (n_parameters,)
        What the views look into.
    units : sequence of int
        Width of each layer, inputs and outputs included.

    Returns
    -------
    coefs, intercepts : lists of ndarrays
        Shapes (fan_in, fan_out) and (fan_out,), layer by layer.
    """
    coefs, intercepts, start = [], [], 0
    for fan_in, fan_out in pairwise(units):
        stop = start + fan_in * fan_out
        coefs.append(packed[start:stop].reshape(fan_in, fan_out))
        start = stop
    for fan_out in units[1:]:
        intercepts.append(packed[start : start + fan_out])
        start += fan_out
    return coefs, intercepts


def draw(
    units: Sequence[int], activation: str, dtype: np.dtype[Any], rng: np.random.RandomState
) -> NDArray[Any]:
    r"""Draw initial weights as scikit-learn does.

    Weights and intercepts of a layer are uniform in :math:`[-b, b]` with
    :math:`b = \sqrt{k / (\mathrm{fan_{in}} + \mathrm{fan_{out}})}`, :math:`k = 2` for the logistic
    activation and 6 for the others.

    Parameters
    ----------
    units : sequence of int
        Width of each layer, inputs and outputs included.
    activation : str
        Activation of the hidden layers.
    dtype : dtype
        float32 or float64; the draws are made in float64 for either.
    rng : RandomState
        Advanced by one draw per parameter.

    Returns
    -------
    packed : ndarray of shape (n_parameters,)
        The weights, packed.

    References
    ----------
    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """
    factor = 2.0 if activation == "logistic" else 6.0
    packed = np.empty(count(units), dtype=dtype)
    # Layer by layer, weights before intercepts: the order fixes which draw lands where.
    for coef, intercept in zip(*unpack(packed, units), strict=True):
        bound = np.sqrt(factor / sum(coef.shape))
        coef[...] = rng.uniform(-bound, bound, coef.shape)
        intercept[...] = rng.uniform(-bound, bound, intercept.shape)
    return packed


def refuse_absurd(units: Sequence[int], itemsize: int) -> None:
    """Raise MemoryError for a network that this machine cannot hold.

    An operating system that overcommits hands out the memory and kills the process when it is
    used, so the sizes are compared before anything is allocated.

    Parameters
    ----------
    units : sequence of int
        Width of each layer, inputs and outputs included.
    itemsize : int
        Bytes per parameter.

    Raises
    ------
    MemoryError
        If weights and gradient alone exceed the memory.
    """
    needed = 2 * count(units) * itemsize
    memory = _memory()
    if needed > memory:
        raise MemoryError(
            f"`hidden_layer_sizes` must fit into memory, got {tuple(units[1:-1])}: its "
            f"{count(units)} parameters and their gradient take {needed / 2**30:.1f} GiB, and "
            f"there are {memory / 2**30:.1f} GiB"
        )


def _memory() -> int:
    """Return the bytes that this process may use, or can address where nobody tells."""
    limits = [int(np.iinfo(np.intp).max)]
    with suppress(AttributeError, OSError, ValueError):  # Windows has no sysconf
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):  # "max", where a container sets no limit
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(limits)
