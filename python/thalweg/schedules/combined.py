"""Schedules made of schedules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from thalweg.schedules._base import Per, Schedule

__all__ = ["ChainedScheduler", "SequentialLR"]


class _Combined(Schedule):
    """What both share: a list of schedules."""

    schedulers: Sequence[Schedule]

    def _plain(self, name: str, kind: Any, horizon: int | None) -> Any:
        if name != "schedulers":
            return super()._plain(name, kind, horizon)
        if not isinstance(self.schedulers, Iterable):
            raise TypeError(f"`schedulers` must be a sequence, got {self.schedulers!r}")
        for i, member in enumerate(self.schedulers):
            if not isinstance(member, Schedule):
                raise TypeError(f"`schedulers[{i}]` must be a schedule, got {member!r}")
        return [member.to_config(horizon) for member in self.schedulers]

    def unit(self) -> Per | None:
        """Return what the time counts: ``per``, or what the schedules count by themselves."""
        units = (member.unit() for member in self.schedulers)
        return super().unit() or next(filter(None, units), None)

    def for_group(self, group: int, n_groups: int) -> Self:
        """Return the schedules of one group of parameters."""
        members = [member.for_group(group, n_groups) for member in self.schedulers]
        return self.copy().set_params(schedulers=members)


class SequentialLR(_Combined):
    r"""One schedule after another, each from its own time 0 and the optimizer's rate.

    .. math:: \eta_t = \text{schedulers}_i(t - m_i), \qquad m_i \le t < m_{i+1}

    with :math:`m_0 = 0` and :math:`m_1, m_2, \dots` the milestones.

    Parameters
    ----------
    schedulers : sequence of Schedule
        The schedules, at least one; functions of the time all of them.

    milestones : sequence of int
        When each but the first begins, in ascending order.

    per : {'step', 'epoch', 'sample'} or None, default=None
        What ``t`` counts in a fit, for all of them, whatever they count by themselves; None is
        what they count by themselves, which must be the same then.

    See Also
    --------
    join_schedules : The same under optax's name.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.SequentialLR`` and optax's ``join_schedules``, except
    that PyTorch passes over a milestone of 0.

    Examples
    --------
    >>> from thalweg.schedules import ExponentialLR, LinearLR, SequentialLR
    >>> warm_up, decay = LinearLR(0.5, total_iters=2), ExponentialLR(0.5)
    >>> SequentialLR([warm_up, decay], milestones=[2])([0, 1, 2, 3], lr=0.8)
    array([0.4, 0.6, 0.8, 0.4])
    """

    def __init__(
        self,
        schedulers: Sequence[Schedule],
        milestones: Sequence[int],
        *,
        per: Per | None = None,
    ) -> None:
        self.schedulers = schedulers
        self.milestones = milestones
        self.per = per


class ChainedScheduler(_Combined):
    r"""Several schedules at once, each changing what those before it have made of the rate.

    For schedules that multiply the rate by factors :math:`f_i(t)`,

    .. math:: \eta_t = \eta_0 \prod_i f_i(t)

    In general each makes of the rate what PyTorch's recursive form does from :math:`t - 1` to
    :math:`t`; one that has none, such as :class:`CosineAnnealingWarmRestarts`, replaces it.

    Parameters
    ----------
    schedulers : sequence of Schedule
        The schedules, at least one; functions of the time all of them.

    per : {'step', 'epoch', 'sample'} or None, default=None
        What ``t`` counts in a fit, for all of them, whatever they count by themselves; None is
        what they count by themselves, which must be the same then.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.ChainedScheduler``. A single rate takes time in
    proportion to ``t``; an ascending array, and a fit, take no more than one step for each.

    Examples
    --------
    >>> from thalweg.schedules import ChainedScheduler, ConstantLR, ExponentialLR
    >>> chain = ChainedScheduler([ConstantLR(0.5, total_iters=2), ExponentialLR(0.5)])
    >>> chain([0, 1, 2, 3], lr=0.8)
    array([0.4, 0.2, 0.2, 0.1])
    """

    def __init__(self, schedulers: Sequence[Schedule], *, per: Per | None = None) -> None:
        self.schedulers = schedulers
        self.per = per
