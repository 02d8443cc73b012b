"""Factors from a function of the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from thalweg._parameters import number
from thalweg.schedules._base import Per, Schedule, needed

__all__ = ["LambdaLR", "MultiplicativeLR", "evaluate"]


def evaluate(name: str, function: Callable[[int], float], arguments: Iterable[int]) -> list[float]:
    """Return the values of a function, each checked.

    Parameters
    ----------
    name : str
        What error messages call it.
    function : callable
        Takes an int.
    arguments : iterable of int
        Where it is evaluated.

    Returns
    -------
    values : list of float
        One for each argument.

    Raises
    ------
    TypeError
        If it cannot be called, or returns something else than a number.
    ValueError
        If it returns a number that is negative or not finite.
    """
    if not callable(function):
        raise TypeError(f"`{name}` must be callable, got {function!r}")
    values = []
    for argument in arguments:
        value = number(f"{name}({argument})", function(argument))
        if not 0 <= value < float("inf"):
            raise ValueError(f"`{name}({argument})` must be >= 0 and finite, got {value!r}")
        values.append(value)
    return values


class LambdaLR(Schedule):
    r"""The optimizer's rate times a function of the time.

    .. math:: \eta_t = \eta_0 \, f(t)

    Parameters
    ----------
    lr_lambda : callable
        :math:`f`: takes an int, returns a factor >= 0. In a fit it is evaluated beforehand. A
        list for the groups of a run on arrays.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.LambdaLR``.

    Examples
    --------
    >>> from thalweg.schedules import LambdaLR
    >>> schedule = LambdaLR(lambda t: 1 / (1 + t))
    >>> schedule([0, 1, 3], lr=0.5)
    array([0.5  , 0.25 , 0.125])
    """

    _tabulated: ClassVar = {"lr_lambda": ("factors",)}
    _grouped: ClassVar = ("lr_lambda",)

    def __init__(self, lr_lambda: Callable[[int], float], *, per: Per = "epoch") -> None:
        self.lr_lambda = lr_lambda
        self.per = per

    def _rates(self, times: NDArray[np.int64], lr: float) -> NDArray[np.float64]:
        # One value does not need the table of all before it; checked as if it did.
        super()._rates(np.minimum(times, 0), lr)
        return lr * np.array(evaluate("lr_lambda", self.lr_lambda, times.tolist()), dtype=float)

    def _tables(self, horizon: int | None) -> dict[str, list[Any]]:
        times = range(needed(horizon, "lr_lambda"))
        return {"factors": evaluate("lr_lambda", self.lr_lambda, times)}


class MultiplicativeLR(Schedule):
    r"""The rate before times a function of the time.

    .. math:: \eta_t = \eta_{t-1} \, f(t) \quad (t \ge 1)

    Parameters
    ----------
    lr_lambda : callable
        :math:`f`: takes an int of 1 or more, returns a factor >= 0. In a fit it is evaluated
        beforehand. A list for the groups of a run on arrays.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.MultiplicativeLR``. The rate at ``t`` needs the function
    at all times up to ``t``.

    Examples
    --------
    >>> from thalweg.schedules import MultiplicativeLR
    >>> MultiplicativeLR(lambda t: 0.5)([0, 1, 2, 3], lr=0.8)
    array([0.8, 0.4, 0.2, 0.1])
    """

    _tabulated: ClassVar = {"lr_lambda": ("factors",)}
    _grouped: ClassVar = ("lr_lambda",)

    def __init__(self, lr_lambda: Callable[[int], float], *, per: Per = "epoch") -> None:
        self.lr_lambda = lr_lambda
        self.per = per

    def _tables(self, horizon: int | None) -> dict[str, list[Any]]:
        times = range(1, needed(horizon, "lr_lambda"))
        return {"factors": [1.0, *evaluate("lr_lambda", self.lr_lambda, times)]}
