"""Schedules of several curves, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from thalweg._parameters import plain
from thalweg.schedules._base import Schedule
from thalweg.schedules.combined import SequentialLR
from thalweg.schedules.cosine import CosineDecay
from thalweg.schedules.optax._single import exponential_decay, linear_schedule
from thalweg.schedules.piecewise import PiecewiseInterpolate
from thalweg.schedules.polynomial import PolynomialDecay

__all__ = [
    "cosine_onecycle_schedule",
    "join_schedules",
    "linear_onecycle_schedule",
    "sgdr_schedule",
    "warmup_constant_schedule",
    "warmup_cosine_decay_schedule",
    "warmup_exponential_decay_schedule",
]


def linear_onecycle_schedule(
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    pct_final: float = 0.85,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> PiecewiseInterpolate:
    """Return the schedule of one cycle of three straight lines.

    Parameters
    ----------
    transition_steps : int
        Steps in all, at least 1.
    peak_value : float
        The largest rate, at step ``int(pct_start * transition_steps)``: one later than
        :class:`OneCycleLR`.
    pct_start : float, default=0.3
        When the peak is reached, as a share of the steps.
    pct_final : float, default=0.85
        When the first rate is reached again.
    div_factor : float, default=25.0
        The first rate is the peak divided by this.
    final_div_factor : float, default=1e4
        The last rate is the first divided by this.

    Returns
    -------
    schedule : PiecewiseInterpolate
        Of type ``'linear'``.

    Examples
    --------
    >>> from thalweg.schedules import linear_onecycle_schedule
    >>> linear_onecycle_schedule(10, 0.5)([0, 3, 8, 10]).round(6)
    array([2.e-02, 5.e-01, 2.e-02, 2.e-06])
    """
    steps = plain("transition_steps", transition_steps, int)
    factors = {
        int(pct_start * steps): div_factor,
        int(pct_final * steps): 1.0 / div_factor,
        steps: 1.0 / final_div_factor,
    }
    return PiecewiseInterpolate("linear", peak_value / div_factor, factors)


def cosine_onecycle_schedule(
    transition_steps: int,
    peak_value: float,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
) -> PiecewiseInterpolate:
    """Return the schedule of one cycle of two half waves of the cosine.

    Parameters
    ----------
    transition_steps : int
        Steps in all, at least 1.
    peak_value : float
        The largest rate, at step ``int(pct_start * transition_steps)``: one later than
        :class:`OneCycleLR`.
    pct_start : float, default=0.3
        When the peak is reached, as a share of the steps.
    div_factor : float, default=25.0
        The first rate is the peak divided by this.
    final_div_factor : float, default=1e4
        The last rate is the first divided by this.

    Returns
    -------
    schedule : PiecewiseInterpolate
        Of type ``'cosine'``.

    Examples
    --------
    >>> from thalweg.schedules import cosine_onecycle_schedule
    >>> cosine_onecycle_schedule(10, 0.5)([0, 3, 10]).round(6)
    array([2.e-02, 5.e-01, 2.e-06])
    """
    steps = plain("transition_steps", transition_steps, int)
    factors = {
        int(pct_start * steps): div_factor,
        steps: 1.0 / (div_factor * final_div_factor),
    }
    return PiecewiseInterpolate("cosine", peak_value / div_factor, factors)


def warmup_constant_schedule(
    init_value: float | None, peak_value: float, warmup_steps: int
) -> PolynomialDecay:
    """Return the schedule that rises along a straight line, and stays.

    Parameters
    ----------
    init_value : float or None
        The rate at first; 0 moves nothing in the first step.
    peak_value : float
        The rate at last.
    warmup_steps : int
        Steps of the rise, at least 1.

    Returns
    -------
    schedule : PolynomialDecay
        Of power 1.

    Examples
    --------
    >>> from thalweg.schedules import warmup_constant_schedule
    >>> warmup_constant_schedule(0.0, 0.8, 2)([0, 1, 2, 3])
    array([0. , 0.4, 0.8, 0.8])
    """
    return linear_schedule(init_value, peak_value, warmup_steps)


def warmup_cosine_decay_schedule(
    init_value: float | None,
    peak_value: float,
    warmup_steps: int,
    decay_steps: int,
    end_value: float = 0.0,
    exponent: float = 1.0,
) -> CosineDecay:
    """Return the schedule that rises along a straight line and falls along a cosine.

    Parameters
    ----------
    init_value : float or None
        The rate at first; 0 moves nothing in the first step.
    peak_value : float
        The largest rate.
    warmup_steps : int
        Steps of the rise.
    decay_steps : int
        Steps in all, the rise included; more than ``warmup_steps``.
    end_value : float, default=0.0
        The rate at last.
    exponent : float, default=1.0
        The wave is raised to this power.

    Returns
    -------
    schedule : CosineDecay
        With a warm-up.

    Raises
    ------
    ValueError
        If no steps are left for the decay.

    Examples
    --------
    >>> from thalweg.schedules import warmup_cosine_decay_schedule
    >>> warmup_cosine_decay_schedule(0.0, 0.8, 2, 4)([0, 1, 2, 3, 4])
    array([0. , 0.4, 0.8, 0.4, 0. ])
    """
    rise = plain("warmup_steps", warmup_steps, int)
    total = plain("decay_steps", decay_steps, int)
    if total <= rise:
        raise ValueError(f"`decay_steps` must be more than `warmup_steps` = {rise}, got {total}")
    alpha = 0.0 if peak_value == 0.0 else end_value / peak_value
    return CosineDecay(init_value, total - rise, alpha, peak_value, rise, exponent=exponent)


def warmup_exponential_decay_schedule(
    init_value: float | None,
    peak_value: float,
    warmup_steps: int,
    transition_steps: int,
    decay_rate: float,
    transition_begin: int = 0,
    staircase: bool = False,
    end_value: float | None = None,
) -> Schedule:
    """Return the schedule that rises along a straight line and falls exponentially.

    Parameters
    ----------
    init_value : float or None
        The rate at first; 0 moves nothing in the first step.
    peak_value : float
        The largest rate.
    warmup_steps : int
        Steps of the rise.
    transition_steps : int
        The time that a factor takes, at least 1.
    decay_rate : float
        The factor, > 0.
    transition_begin : int, default=0
        Steps between rise and fall.
    staircase : bool, default=False
        Only whole factors.
    end_value : float or None, default=None
        Where the decay ends.

    Returns
    -------
    schedule : SequentialLR or ExponentialDecay
        The latter where there is no rise.

    Examples
    --------
    >>> from thalweg.schedules import warmup_exponential_decay_schedule
    >>> warmup_exponential_decay_schedule(0.0, 0.8, 2, 1, 0.5)([0, 1, 2, 3, 4])
    array([0. , 0.4, 0.8, 0.4, 0.2])
    """
    decay = exponential_decay(
        peak_value, transition_steps, decay_rate, transition_begin, staircase, end_value
    )
    if warmup_steps == 0:
        return decay
    return join_schedules(
        [linear_schedule(init_value, peak_value, warmup_steps), decay], [warmup_steps]
    )


def sgdr_schedule(cosine_kwargs: Iterable[Mapping[str, Any]]) -> SequentialLR:
    """Return the schedule of cosine decays, each with a warm-up, one after the other.

    Parameters
    ----------
    cosine_kwargs : iterable of dict
        The arguments of :func:`warmup_cosine_decay_schedule` for each cycle, by name.

    Returns
    -------
    schedule : SequentialLR
        A member for each cycle.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
       ICLR 2017, https://arxiv.org/abs/1608.03983

    Examples
    --------
    >>> from thalweg.schedules import sgdr_schedule
    >>> cycle = dict(init_value=0.0, peak_value=0.8, warmup_steps=1, decay_steps=3)
    >>> sgdr_schedule([cycle, {**cycle, "peak_value": 0.4}])([0, 1, 2, 3, 4, 5])
    array([0. , 0.8, 0.4, 0. , 0.4, 0.2])
    """
    cycles = list(cosine_kwargs)
    ends = accumulate(int(cycle["decay_steps"]) for cycle in cycles)
    return join_schedules([warmup_cosine_decay_schedule(**cycle) for cycle in cycles], [*ends][:-1])


def join_schedules(schedules: Sequence[Schedule], boundaries: Sequence[int]) -> SequentialLR:
    """Return the schedule of several, one after the other, each from its own time 0.

    Parameters
    ----------
    schedules : sequence of Schedule
        At least one.
    boundaries : sequence of int
        When each but the first begins.

    Returns
    -------
    schedule : SequentialLR
        The same.

    Examples
    --------
    >>> from thalweg.schedules import constant_schedule, join_schedules, linear_schedule
    >>> join_schedules([constant_schedule(0.8), linear_schedule(0.4, 0.0, 2)], [1])([0, 1, 2, 3])
    array([0.8, 0.4, 0.2, 0. ])
    """
    return SequentialLR(schedules, boundaries)
