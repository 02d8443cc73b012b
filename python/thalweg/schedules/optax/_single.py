"""Schedules of one curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from thalweg.schedules.cosine import CosineDecay
from thalweg.schedules.exponential import ExponentialDecay
from thalweg.schedules.piecewise import PiecewiseInterpolate
from thalweg.schedules.polynomial import PolynomialDecay

__all__ = [
    "constant_schedule",
    "cosine_decay_schedule",
    "exponential_decay",
    "linear_schedule",
    "piecewise_constant_schedule",
    "piecewise_interpolate_schedule",
    "polynomial_schedule",
]


def constant_schedule(value: float) -> PiecewiseInterpolate:
    """Return the schedule of one rate throughout.

    Parameters
    ----------
    value : float
        The rate.

    Returns
    -------
    schedule : PiecewiseInterpolate
        Without any boundary.

    Examples
    --------
    >>> from thalweg.schedules import constant_schedule
    >>> constant_schedule(0.5)(1000)
    0.5
    """
    return PiecewiseInterpolate("constant", value)


def polynomial_schedule(
    init_value: float | None,
    end_value: float,
    power: float,
    transition_steps: int,
    transition_begin: int = 0,
) -> PolynomialDecay:
    """Return the schedule from one rate to another along a power.

    Parameters
    ----------
    init_value : float or None
        The rate at first.
    end_value : float
        The rate at last.
    power : float
        The power.
    transition_steps : int
        Steps of the change, at least 1.
    transition_begin : int, default=0
        Steps before it.

    Returns
    -------
    schedule : PolynomialDecay
        The same.

    Examples
    --------
    >>> from thalweg.schedules import polynomial_schedule
    >>> polynomial_schedule(0.8, 0.0, power=2, transition_steps=2)(1)
    0.2
    """
    return PolynomialDecay(
        init_value, transition_steps, end_value, power=power, begin=transition_begin
    )


def linear_schedule(
    init_value: float | None, end_value: float, transition_steps: int, transition_begin: int = 0
) -> PolynomialDecay:
    """Return the schedule from one rate to another along a straight line.

    Parameters
    ----------
    init_value : float or None
        The rate at first.
    end_value : float
        The rate at last.
    transition_steps : int
        Steps of the change, at least 1.
    transition_begin : int, default=0
        Steps before it.

    Returns
    -------
    schedule : PolynomialDecay
        Of power 1.

    Examples
    --------
    >>> from thalweg.schedules import linear_schedule
    >>> linear_schedule(0.0, 0.8, transition_steps=2)(1)
    0.4
    """
    return polynomial_schedule(init_value, end_value, 1.0, transition_steps, transition_begin)


def exponential_decay(
    init_value: float | None,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> ExponentialDecay:
    """Return the schedule that multiplies a rate by ``decay_rate`` once in ``transition_steps``.

    Parameters
    ----------
    init_value : float or None
        The rate at first.
    transition_steps : int
        The time that a factor takes, at least 1.
    decay_rate : float
        The factor, > 0.
    transition_begin : int, default=0
        Steps before the decay.
    staircase : bool, default=False
        Only whole factors.
    end_value : float or None, default=None
        Where the decay ends.

    Returns
    -------
    schedule : ExponentialDecay
        The same.

    Examples
    --------
    >>> from thalweg.schedules import exponential_decay
    >>> exponential_decay(0.8, 2, 0.25, end_value=0.3)([0, 1, 2])
    array([0.8, 0.4, 0.3])
    """
    return ExponentialDecay(
        init_value,
        transition_steps,
        decay_rate,
        staircase,
        begin=transition_begin,
        end_learning_rate=end_value,
    )


def cosine_decay_schedule(
    init_value: float | None, decay_steps: int, alpha: float = 0.0, exponent: float = 1.0
) -> CosineDecay:
    """Return the schedule that falls along half a wave of the cosine, and stays.

    Parameters
    ----------
    init_value : float or None
        The rate at first.
    decay_steps : int
        Steps of the decay, at least 1.
    alpha : float, default=0.0
        What is left at last.
    exponent : float, default=1.0
        The wave is raised to this power.

    Returns
    -------
    schedule : CosineDecay
        Without a warm-up.

    Examples
    --------
    >>> from thalweg.schedules import cosine_decay_schedule
    >>> cosine_decay_schedule(0.8, 2)([0, 1, 2, 3])
    array([0.8, 0.4, 0. , 0. ])
    """
    return CosineDecay(init_value, decay_steps, alpha, exponent=exponent)


def piecewise_constant_schedule(
    init_value: float | None, boundaries_and_scales: Mapping[int, float] | None = None
) -> PiecewiseInterpolate:
    """Return the schedule of a rate that is multiplied by a factor at each boundary.

    Parameters
    ----------
    init_value : float or None
        The rate at first.
    boundaries_and_scales : mapping of int to float, default=None
        The factors, and when each begins.

    Returns
    -------
    schedule : PiecewiseInterpolate
        Of type ``'constant'``.

    Examples
    --------
    >>> from thalweg.schedules import piecewise_constant_schedule
    >>> piecewise_constant_schedule(0.8, {1: 0.5, 3: 0.25})([0, 1, 2, 3])
    array([0.8, 0.4, 0.4, 0.1])
    """
    return PiecewiseInterpolate("constant", init_value, boundaries_and_scales)


def piecewise_interpolate_schedule(
    interpolate_type: Any,
    init_value: float | None,
    boundaries_and_scales: Mapping[int, float] | None = None,
) -> PiecewiseInterpolate:
    """Return the schedule of factors that are reached at given times.

    Parameters
    ----------
    interpolate_type : {'linear', 'cosine'}
        What lies between them.
    init_value : float or None
        The rate at first.
    boundaries_and_scales : mapping of int to float, default=None
        The factors, and when each is reached.

    Returns
    -------
    schedule : PiecewiseInterpolate
        The same.

    Examples
    --------
    >>> from thalweg.schedules import piecewise_interpolate_schedule
    >>> piecewise_interpolate_schedule("linear", 0.8, {2: 0.5})([0, 1, 2, 3])
    array([0.8, 0.6, 0.4, 0.4])
    """
    return PiecewiseInterpolate(interpolate_type, init_value, boundaries_and_scales)
