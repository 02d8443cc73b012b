"""Random numbers across the boundary: the shuffles in Rust are draws from the user's generator.

After a fit the generator stands where scikit-learn would have left it, be it one that was passed
in or NumPy's global one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Key = tuple[NDArray[np.uint32], int]
Shuffler = Key | Callable[[int], NDArray[np.int64]]


def lend(rng: np.random.RandomState) -> Shuffler:
    """Hand a generator to the core.

    Parameters
    ----------
    rng : RandomState
        The generator of a fit.

    Returns
    -------
    shuffler : tuple or callable
        Key and position of the Mersenne Twister, which the core runs itself; for another bit
        generator a callable that draws one permutation of n numbers, to be applied to the order
        of the epoch before.
    """
    state: Any = rng.get_state(legacy=False)
    if state["bit_generator"] == "MT19937":
        return state["state"]["key"], int(state["state"]["pos"])

    def permutation(n: int) -> NDArray[np.int64]:
        order = np.arange(n, dtype=np.int64)
        rng.shuffle(order)
        return order

    return permutation


def take_back(rng: np.random.RandomState, lent: Key | None) -> None:
    """Move a generator to where the core left it.

    Parameters
    ----------
    rng : RandomState
        The generator that was lent.
    lent : tuple or None
        Key and position that the core returned; None if it drew nothing itself.
    """
    if lent is None:
        return
    state: Any = rng.get_state(legacy=False)  # keeps the normal deviate that may be in store
    state["state"] = {"key": lent[0], "pos": lent[1]}
    rng.set_state(state)
