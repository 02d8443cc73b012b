"""Functions of two parameters on which the paths of optimizers can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Limits = tuple[tuple[float, float], tuple[float, float]]

_GRID = 201  # points a side; what a picture of 800 pixels can show of a smooth function
_CALLS = 81  # the same for a user's function, which is called point by point


@dataclass(frozen=True)
class Function:
    """A function of two parameters, and what is known about it."""

    name: str
    call: Callable[[Array], tuple[Any, Array]]  # x -> (value, gradient)
    start: tuple[float, float] | None = None
    minima: tuple[tuple[float, float], ...] = ()
    limits: Limits | None = None

    def __call__(self, x: Array) -> tuple[float, Array]:
        """Return value and gradient at one point.

        Raises
        ------
        TypeError, ValueError
            If a user's function returns anything else.
        """
        answer = self.call(x)
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise TypeError(f"`function` must return a value and a gradient, got {type(answer)}")
        gradient = np.asarray(answer[1], dtype=np.float64)
        if gradient.shape != (2,):
            raise ValueError(
                f"`function` must return a gradient of shape (2,), got {gradient.shape}"
            )
        return float(answer[0]), gradient

    def floor(self) -> float | None:
        """Return the value at the minima, where they are known."""
        return self(np.array(self.minima[0]))[0] if self.minima else None

    def grid(self, limits: Limits) -> tuple[Array, Array, Array]:
        """Return x, y and the values on a grid; values: (y, x)."""
        is_known = self.name in FUNCTIONS
        x, y = (np.linspace(*limit, _GRID if is_known else _CALLS) for limit in limits)
        points = np.stack(np.meshgrid(x, y))
        if is_known:
            return x, y, np.asarray(self.call(points)[0])
        values = np.reshape([self(point)[0] for point in points.reshape(2, -1).T], points.shape[1:])
        return x, y, np.where(np.isfinite(values), values, np.nan)  # a hole in the picture


def _rosenbrock(x: Array) -> tuple[Any, Array]:
    """Rosenbrock 1960: a bent valley, easy to find and slow to follow."""
    off = x[1] - x[0] ** 2
    value = (1 - x[0]) ** 2 + 100 * off**2
    return value, np.stack([-400 * x[0] * off - 2 * (1 - x[0]), 200 * off])


def _beale(x: Array) -> tuple[Any, Array]:
    """Beale 1958: steep walls and a wide plain around a flat minimum."""
    value, gradient = np.zeros_like(x[0]), np.zeros_like(x)
    for power, target in ((1, 1.5), (2, 2.25), (3, 2.625)):
        residual = target - x[0] + x[0] * x[1] ** power
        value = value + residual**2
        gradient = gradient + 2 * residual * np.stack(
            [x[1] ** power - 1, power * x[0] * x[1] ** (power - 1)]
        )
    return value, gradient


def _saddle(x: Array) -> tuple[Any, Array]:
    """Return x^2 - y^2 + y^4 / 2: a saddle at the origin between two minima."""
    value = x[0] ** 2 - x[1] ** 2 + x[1] ** 4 / 2
    return value, np.stack([2 * x[0], -2 * x[1] + 2 * x[1] ** 3])


FUNCTIONS = {
    function.name: function
    for function in (
        Function("rosenbrock", _rosenbrock, (-1.5, 2.0), ((1.0, 1.0),), ((-2.0, 2.0), (-1.0, 3.0))),
        Function("beale", _beale, (1.0, 1.5), ((3.0, 0.5),), ((-0.5, 4.0), (-1.5, 2.0))),
        # Nearly on the ridge, from where plain descent comes close to the saddle.
        Function(
            "saddle", _saddle, (1.2, 0.01), ((0.0, 1.0), (0.0, -1.0)), ((-1.5, 1.5), (-1.5, 1.5))
        ),
    )
}


def as_function(function: Any) -> Function:
    """Return the function that a name or a callable stands for.

    Raises
    ------
    ValueError, TypeError
        If it is neither.
    """
    if isinstance(function, str):
        if function not in FUNCTIONS:
            raise ValueError(
                f"`function` must be one of {sorted(FUNCTIONS)} or a callable, got {function!r}"
            )
        return FUNCTIONS[function]
    if not callable(function):
        raise TypeError(
            f"`function` must be a str or a callable x -> (value, gradient), got {function!r}"
        )
    return Function("", function)
