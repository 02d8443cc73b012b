"""The schedule of a run on arrays: the rates and momenta of its groups at a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from thalweg.schedules._base import Schedule

if TYPE_CHECKING:
    from thalweg.optimizers._base import Optimizer

__all__ = ["Pace"]


class Pace:
    """A schedule for each group of a run.

    Parameters
    ----------
    schedule : Schedule or sequence of Schedule
        One for all groups, whose lists have an entry for each, or one for each.
    optimizer : Optimizer
        The run's own.
    groups : sequence of Optimizer
        That of each group, of tensors that no group names first.
    """

    def __init__(
        self,
        schedule: Schedule | Sequence[Schedule],
        optimizer: Optimizer,
        groups: Sequence[Optimizer],
    ) -> None:
        n_groups = len(groups)
        if isinstance(schedule, Schedule):
            schedules = [schedule.for_group(i, n_groups) for i in range(n_groups)]
        elif isinstance(schedule, list | tuple):
            schedules = list(schedule)
        else:
            raise TypeError(f"`schedule` must be a schedule or a list of them, got {schedule!r}")
        for one in schedules:
            if not isinstance(one, Schedule):
                raise TypeError(f"`schedule` must be a schedule or a list of them, got {one!r}")
            unit = one.unit()
            if unit not in ("step", None):
                raise ValueError(
                    f"`schedule` must count steps on arrays, per='step', got per={unit!r}"
                )
        if len(schedules) != n_groups:
            raise ValueError(
                f"`schedule` must have an entry for each of {n_groups} groups, got {len(schedules)}"
            )
        self._schedules = [one.copy() for one in schedules]

        self.follow(optimizer, groups)

    def follow(self, optimizer: Optimizer, groups: Sequence[Optimizer]) -> None:
        """Start from the rates of these optimizers."""
        self._own = _rate(optimizer)
        self._rates = [_rate(group) for group in groups]

    def lr(self, t: int) -> float:
        """Return the optimizer's own rate in the step after ``t`` of them."""
        return self._schedules[0](t, lr=self._own)

    def at(self, t: int) -> tuple[float, list[float], list[float] | None]:
        """Return what the core is to set for the step after ``t`` of them.

        Parameters
        ----------
        t : int
            Steps taken.

        Returns
        -------
        rate : float
            The optimizer's own.
        rates : list of float
            Those of the groups.
        momenta : list of float or None
            Those of the groups, where the schedule moves them.
        """
        rates = [one(t, lr=lr) for one, lr in zip(self._schedules, self._rates, strict=True)]
        given = [one.momentum(t) for one in self._schedules]
        momenta = [float(momentum) for momentum in given if momentum is not None]
        if momenta and len(momenta) < len(given):
            raise ValueError(
                "`schedule` must move the momentum of all groups or of none, "
                f"got {self._schedules!r}"
            )
        return self.lr(t), rates, momenta or None


def _rate(optimizer: Optimizer) -> float:
    """Return the rate of an optimizer, or of the one within it; 1 where it finds its own."""
    params = optimizer.get_params()
    names = [name for name in params if name.rpartition("__")[2] == "lr"]
    return float(params[min(names, key=len)]) if names else 1.0
