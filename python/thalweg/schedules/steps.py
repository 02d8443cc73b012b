"""Rates that fall in steps."""

from __future__ import annotations

from collections.abc import Sequence

from thalweg.schedules._base import Per, Schedule

__all__ = ["MultiStepLR", "StepLR"]


class StepLR(Schedule):
    r"""The rate times ``gamma`` every ``step_size``.

    .. math:: \eta_t = \eta_0 \gamma^{\lfloor t / s \rfloor}

    Parameters
    ----------
    step_size : int
        :math:`s`, at least 1.

    gamma : float, default=0.1
        :math:`\gamma`, >= 0.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.StepLR``.

    Examples
    --------
    >>> from thalweg.schedules import StepLR
    >>> schedule = StepLR(step_size=7, gamma=0.3)
    >>> schedule(6, lr=0.5), schedule(7, lr=0.5)
    (0.5, 0.15)
    """

    def __init__(self, step_size: int, gamma: float = 0.1, *, per: Per = "epoch") -> None:
        self.step_size = step_size
        self.gamma = gamma
        self.per = per


class MultiStepLR(Schedule):
    r"""The rate times ``gamma`` at each milestone.

    .. math:: \eta_t = \eta_0 \gamma^{\#\{m \in \text{milestones}: m \le t\}}

    Parameters
    ----------
    milestones : sequence of int
        When the rate changes, each at least 1, in any order. A milestone given twice counts
        twice.

    gamma : float, default=0.1
        :math:`\gamma`, >= 0.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.MultiStepLR``, but for a milestone of 0, which PyTorch
    accepts and passes over.

    Examples
    --------
    >>> from thalweg.schedules import MultiStepLR
    >>> MultiStepLR([2, 3], gamma=0.5)([0, 1, 2, 3], lr=0.8)
    array([0.8, 0.8, 0.4, 0.2])
    """

    def __init__(
        self, milestones: Sequence[int], gamma: float = 0.1, *, per: Per = "epoch"
    ) -> None:
        self.milestones = milestones
        self.gamma = gamma
        self.per = per
