"""Rates by pieces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from thalweg._parameters import plain
from thalweg.schedules._base import Per, Schedule

__all__ = ["PiecewiseConstantDecay", "PiecewiseInterpolate"]


class PiecewiseConstantDecay(Schedule):
    r"""Given rates, one after the other.

    .. math:: \eta_t = v_i, \qquad i = \#\{b \in \text{boundaries}: b < t\}

    Parameters
    ----------
    boundaries : sequence of int
        The last ``t`` of each rate but the last one, in ascending order.

    values : sequence of float
        :math:`v`: the rates, >= 0, one more than boundaries. The optimizer's own rate does not
        matter.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    piecewise_constant_schedule : optax's, with factors in place of rates, which begin at their
        boundaries.

    Notes
    -----
    Agrees with Keras' ``PiecewiseConstantDecay``: a boundary still has the rate before it.

    Examples
    --------
    >>> from thalweg.schedules import PiecewiseConstantDecay
    >>> PiecewiseConstantDecay([1, 2], [0.5, 0.25, 0.1])([0, 1, 2, 3])
    array([0.5 , 0.5 , 0.25, 0.1 ])
    """

    def __init__(
        self, boundaries: Sequence[int], values: Sequence[float], *, per: Per = "step"
    ) -> None:
        self.boundaries = boundaries
        self.values = values
        self.per = per


class PiecewiseInterpolate(Schedule):
    r"""Factors that are reached at given times, with a way from each to the next.

    At boundary :math:`b_i` the rate is :math:`v_i = \eta_0 s_1 \cdots s_i`, and between two of them
    it goes from one value to the other; after the last it stays.

    Parameters
    ----------
    interpolate_type : {'constant', 'linear', 'cosine'}
        How it goes: not at all before the boundary, along a straight line, or along half a wave of
        the cosine.

    init_value : float or None, default=None
        :math:`\eta_0`, >= 0; None is the optimizer's rate.

    boundaries_and_scales : mapping of int to float, default=None
        :math:`b_i` and :math:`s_i` >= 0; None is none.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    piecewise_interpolate_schedule, piecewise_constant_schedule, linear_onecycle_schedule,
    cosine_onecycle_schedule : What optax makes of it.

    Notes
    -----
    Agrees with optax's ``piecewise_interpolate_schedule``.

    Examples
    --------
    >>> from thalweg.schedules import PiecewiseInterpolate
    >>> PiecewiseInterpolate("linear", 0.2, {2: 4.0, 4: 0.5})([0, 1, 2, 3, 4, 5])
    array([0.2, 0.5, 0.8, 0.6, 0.4, 0.4])
    """

    _tabulated: ClassVar = {"boundaries_and_scales": ("boundaries", "scales")}

    def __init__(
        self,
        interpolate_type: Literal["constant", "linear", "cosine"],
        init_value: float | None = None,
        boundaries_and_scales: Mapping[int, float] | None = None,
        *,
        per: Per = "step",
    ) -> None:
        self.interpolate_type = interpolate_type
        self.init_value = init_value
        self.boundaries_and_scales = boundaries_and_scales
        self.per = per

    def _tables(self, horizon: int | None) -> dict[str, list[Any]]:
        given = {} if self.boundaries_and_scales is None else self.boundaries_and_scales
        if not isinstance(given, Mapping):
            raise TypeError(f"`boundaries_and_scales` must be a mapping, got {given!r}")
        boundaries = plain("boundaries", list(given), Sequence[int])
        scales = plain("scales", list(given.values()), Sequence[float])
        pairs = sorted(zip(boundaries, scales, strict=True))
        return {"boundaries": [b for b, _ in pairs], "scales": [s for _, s in pairs]}
