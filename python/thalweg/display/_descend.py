"""Follow an optimizer over a function of two parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thalweg.display._functions import Array, Function, Limits
from thalweg.optimizers import Optimizer, Run

_MARGIN = 0.15  # around the paths on a user's function, as a share of their extent


def follow(
    optimizer: Optimizer, function: Function, start: Array, steps: int
) -> tuple[Array, Array]:
    """Return the points that an optimizer comes to, the start first, and the function there.

    Shapes: (steps + 1, 2) and (steps + 1,), less where the function ceases to be finite, since
    the path ends there. Optimizers that average leave the path of their averages.
    """
    from thalweg._core import optimizer_traits

    needs = optimizer_traits(optimizer.to_config())
    run = optimizer.init(start, nonfinite="skip")
    # Overflow is how a rate that is too high ends; the picture shows it.
    with np.errstate(over="ignore", invalid="ignore"):
        points, losses = [start.copy()], [function(start)[0]]
        for _ in range(steps):
            _step(run, function, needs)
            point = run.eval_params.copy()
            value, gradient = function(point)
            if not (np.isfinite(point).all() and np.isfinite(value)):
                break
            points.append(point)
            losses.append(value)
            if not np.isfinite(gradient).all():
                break
    return np.array(points), np.array(losses)


def _step(run: Run, function: Function, needs: Mapping[str, Any]) -> None:
    """Take one step, with whatever the optimizer needs."""
    if needs["closure"]:
        run.step(closure=function, full_closure=function)
        return
    loss, gradient = function(run.params)
    curvature = gradient if needs["curvature"] else None
    given = (np.arange(2), gradient) if needs["rows"] else gradient
    run.step(given, loss=loss, curvature=curvature)


def named(optimizers: Any) -> dict[str, Optimizer]:
    """Return optimizers by the names that the legend shows.

    Raises
    ------
    TypeError, ValueError
        If something is no optimizer, or there is none, or two have one name.
    """
    if isinstance(optimizers, Optimizer):
        optimizers = [optimizers]
    if isinstance(optimizers, Mapping):
        pairs = [(str(name), optimizer) for name, optimizer in optimizers.items()]
    elif isinstance(optimizers, Sequence) and not isinstance(optimizers, str):
        pairs = [(repr(optimizer), optimizer) for optimizer in optimizers]
    else:
        raise TypeError(
            f"`optimizers` must be a list, or a dict by name, of optimizers, got {optimizers!r}"
        )
    if not pairs:
        raise ValueError("`optimizers` must hold at least one optimizer, got none")
    for name, optimizer in pairs:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"`optimizers` must hold optimizers, got {optimizer!r}")
        if [other for other, _ in pairs].count(name) > 1:
            raise ValueError(f"`optimizers` must differ, got {name} more than once")
    return dict(pairs)


def as_start(x0: Any, function: Function) -> NDArray[np.float64]:
    """Return where the paths begin.

    Raises
    ------
    ValueError
        If it is not two finite numbers, or is missing where the function has no usual start.
    """
    if x0 is None:
        if function.start is None:
            raise ValueError("`x0` must be given for a function of your own, got None")
        x0 = function.start
    start = np.array(x0, dtype=np.float64)
    if start.shape != (2,) or not np.isfinite(start).all():
        raise ValueError(f"`x0` must be two finite numbers, got {x0!r}")
    return start


def as_steps(steps: Any) -> int:
    """Return the number of steps.

    Raises
    ------
    ValueError
        If it is not an int >= 1.
    """
    if not isinstance(steps, Integral) or isinstance(steps, bool) or steps < 1:
        raise ValueError(f"`steps` must be an int >= 1, got {steps!r}")
    return int(steps)


def view(function: Function, paths: Sequence[Array], start: Array) -> Limits:
    """Return what the picture shows: a known function's own box, or else where the paths go."""
    if function.limits is not None:
        corners = np.array(function.limits).T
        low, high = np.minimum(corners[0], start), np.maximum(corners[1], start)
    else:
        points = np.concatenate(paths)
        # One path that leaves for the horizon shall not shrink the others to a dot.
        low, high = np.quantile(points, [0.02, 0.98], axis=0)
        low, high = np.minimum(low, start), np.maximum(high, start)
    room = _MARGIN * np.maximum(high - low, 1e-3) * (function.limits is None)
    low, high = low - room, high + room
    return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))
