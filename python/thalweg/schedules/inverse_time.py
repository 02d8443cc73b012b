"""Rates that decay as the inverse of the time."""

from __future__ import annotations

from thalweg.schedules._base import Per, Schedule

__all__ = ["InverseTimeDecay"]


class InverseTimeDecay(Schedule):
    r"""A rate divided by a line.

    .. math:: \eta_t = \frac{\eta_0}{1 + r \, t / T}

    Parameters
    ----------
    initial_learning_rate : float or None
        :math:`\eta_0`, >= 0; None is the optimizer's rate.

    decay_steps : int
        :math:`T`, at least 1.

    decay_rate : float
        :math:`r`, >= 0.

    staircase : bool, default=False
        Round :math:`t / T` down, so that the rate falls in steps.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with Keras' ``InverseTimeDecay``.

    Examples
    --------
    >>> from thalweg.schedules import InverseTimeDecay
    >>> InverseTimeDecay(0.6, decay_steps=1, decay_rate=0.5)([0, 1, 2])
    array([0.6, 0.4, 0.3])
    """

    def __init__(
        self,
        initial_learning_rate: float | None,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        *,
        per: Per = "step",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.per = per
