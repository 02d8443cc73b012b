"""Rows that the core converts as it reads them: no second copy of X.

An array of another dtype than float32 or float64, in another byte or memory order, and a data frame
are not converted as a whole. The core is told where their elements lie, and converts the rows of a
batch as it gathers them; the numbers are those that ``X.astype`` would give.

What is wrong with the data is still said by scikit-learn: its own functions check everything but
the elements, and where they, or a look at the elements, find a fault, its whole validation of the
real data follows and raises the error.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.utils import check_array, check_X_y
from sklearn.utils.validation import validate_data

Block = tuple[NDArray[np.uint8], str, int, int, int, int, int]
Raw = tuple[str, list[Block]]

# Bytes of a converted matrix up to which it is converted at once: it stays in the cache, and
# looking for columns would take longer.
SMALL = 1 << 20
# Likewise where columns lie side by side: the elements of a row are far apart, and to gather them
# takes several times as long as the copy does. Larger ones are not copied all the same.
SMALL_BY_COLUMNS = 1 << 26
# Elements that are looked at together for infinity and NaN.
_LOOK = 1 << 18


@dataclass(frozen=True)
class Rows:
    """A matrix that was checked and not converted.

    Attributes
    ----------
    parts : list of ndarrays
        Columns side by side, each part of one dtype; views of the user's data.
    shape : tuple of int
        (n_samples, n_features).
    dtype : dtype
        What scikit-learn would convert it to.
    """

    parts: list[NDArray[Any]]
    shape: tuple[int, int]
    dtype: np.dtype[Any]

    @property
    def stand_in(self) -> NDArray[Any]:
        """Zeros of the same shape and dtype that take no memory, to be checked in its place."""
        return np.broadcast_to(np.zeros((), self.dtype), self.shape)

    def to_core(self, dtype: np.dtype[Any]) -> Raw:
        """Return what the core reads: the dtype to convert to, and where the elements lie."""
        return dtype.name, [_block(part) for part in self.parts]

    def is_finite(self) -> bool:
        """Tell whether there is neither infinity nor NaN, looking at some rows at a time."""
        floats = (part for part in self.parts if part.dtype.kind == "f")
        return all(np.isfinite(piece).all() for part in floats for piece in _pieces(part))


def of(X: Any, dtype: Any = (np.float64, np.float32)) -> Rows | None:
    """Return X as rows to be converted, or None where the core reads it as it is, or it is small.

    Parameters
    ----------
    X : object
        What the user has passed.
    dtype : object, default=(float64, float32)
        What ``check_array`` is asked for.

    Returns
    -------
    rows : Rows or None
        Not checked yet. None as well for what is no plain array or frame of numbers.
    """
    return None if isinstance(X, np.ndarray) and is_ready(X) else locate(X, dtype)


def locate(X: Any, dtype: Any = (np.float64, np.float32)) -> Rows | None:
    """As :func:`of`, for an array too that the core could read as it is in another dtype."""
    if type(X) in (np.ndarray, np.memmap) and X.ndim == 2:
        parts, head = [X.view(np.ndarray)], X[:1]
    elif _is_frame(X):
        if not all(isinstance(dtype, np.dtype) for dtype in X.dtypes):
            return None
        parts, head = [column.to_numpy()[:, None] for _, column in X.items()], X.iloc[:1]
    else:
        return None
    size = X.shape[0] * X.shape[1] * np.dtype(np.float64).itemsize
    small = SMALL_BY_COLUMNS if any(map(_is_by_columns, parts)) else SMALL
    if size <= small or not all(map(_is_number, parts)):
        return None
    head = check_array(head, dtype=dtype, ensure_all_finite=False)
    # What a narrower type cannot hold becomes infinite, and is to be found.
    narrows = any(part.dtype.kind == "f" and part.itemsize > head.itemsize for part in parts)
    return Rows(parts, X.shape, head.dtype) if _is_number(head) and not narrows else None


def is_ready(X: NDArray[Any]) -> bool:
    """Tell whether the core reads an array as it is."""
    floats = X.dtype.isnative and X.dtype in (np.float64, np.float32)
    return floats and X.flags.c_contiguous and X.flags.aligned


def assumes_finite() -> bool:
    """Tell whether scikit-learn is configured not to look for infinity and NaN."""
    return bool(get_config()["assume_finite"])


def validate(estimator: Any, X: Any, y: Any, *, reset: bool, **rules: Any) -> tuple[Any, Any]:
    """Check X and y as :func:`sklearn.utils.validation.validate_data` does, and copy less.

    Parameters
    ----------
    estimator : estimator
        Learns the number and the names of the features, or has learned them.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Features.
    y : array-like
        Targets.
    reset : bool
        Whether to learn them anew.
    **rules
        Passed on.

    Returns
    -------
    X : ndarray, sparse matrix or Rows
        Checked.
    y : ndarray
        Checked.

    Raises
    ------
    ValueError, TypeError
        As that function does.
    """
    rules = {"accept_sparse": ["csr", "csc"], "dtype": (np.float64, np.float32), **rules}
    try:
        rows = of(X, rules["dtype"])
        if rows is not None:
            _, checked = check_X_y(
                rows.stand_in, y, ensure_all_finite=False, estimator=estimator, **rules
            )
            if assumes_finite() or rows.is_finite():
                validate_data(estimator, X, reset=reset, skip_check_array=True)
                return rows, checked
    except (TypeError, ValueError):
        pass  # found again below, in the order and the words of scikit-learn
    return validate_data(estimator, X, y, reset=reset, **rules)


def _is_frame(X: Any) -> bool:
    """Tell whether X is a data frame of pandas, without importing it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and type(X) is pandas.DataFrame


def _is_number(part: NDArray[Any]) -> bool:
    return part.dtype.kind in "biuf" and part.dtype.itemsize <= 8


def _is_by_columns(part: NDArray[Any]) -> bool:
    down, across = map(abs, part.strides)
    return down < across or part.shape[1] == 1


def _block(part: NDArray[Any]) -> Block:
    """Describe a matrix to the core: the bytes from its first to its last element, and strides."""
    backward = [stride < 0 for stride in part.strides]
    lowest = part[tuple(slice(None, None, -1 if is_so else 1) for is_so in backward)]
    reach = [(n - 1) * abs(stride) for n, stride in zip(part.shape, part.strides, strict=True)]
    first = lowest[:1, :1].view(np.uint8).reshape(-1)
    data = as_strided(first, (sum(reach) + part.itemsize,), (1,), writeable=False)
    start = sum(length for length, is_so in zip(reach, backward, strict=True) if is_so)
    return (data, part.dtype.str, start, *part.strides, *part.shape)


def _pieces(part: NDArray[Any]) -> Any:
    """Cut a matrix into pieces of some size along the axis whose steps in memory are the longer."""
    axis = int(abs(part.strides[1]) > abs(part.strides[0]))
    step = max(1, _LOOK // part.shape[1 - axis])
    for first in range(0, part.shape[axis], step):
        yield part[:, first : first + step] if axis else part[first : first + step]
