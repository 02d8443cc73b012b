"""optax's schedules under optax's names: each returns one of the schedules of this package.

The time is counted in steps from 0, as optax does. An initial value of None is the optimizer's
rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any

from thalweg._parameters import plain
from thalweg.schedules._base import Schedule
from thalweg.schedules.combined import SequentialLR
from thalweg.schedules.cosine import CosineDecay
from thalweg.schedules.exponential import ExponentialDecay
from thalweg.schedules.piecewise import PiecewiseInterpolate
from thalweg.schedules.polynomial import PolynomialDecay

__all__ = [
    "constant_schedule",
    "cosine_decay_schedule",
    "cosine_onecycle_schedule",
    "exponential_decay",
    "join_schedules",
    "linear_onecycle_schedule",
    "linear_schedule",
    "piecewise_constant_schedule",
    "piecewise_interpolate_schedule",
    "polynomial_schedule",
    "sgdr_schedule",
    "warmup_constant_schedule",
    "warmup_cosine_decay_schedule",
    "warmup_exponential_decay_schedule",
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
    >>> linear_schedule(0.0, 0.8, transition_steps=4)(3)
    0.6
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
    array([2.0e-02, 5.0e-01, 2.0e-02, 2.0e-06])
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
    array([2.0e-02, 5.0e-01, 2.0e-06])
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
