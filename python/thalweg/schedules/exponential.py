"""Rates that decay exponentially."""

from __future__ import annotations

from thalweg.schedules._base import Per, Schedule

__all__ = ["ExponentialDecay", "ExponentialLR"]


class ExponentialLR(Schedule):
    r"""The rate times ``gamma`` at every ``t``.

    .. math:: \eta_t = \eta_0 \gamma^t

    Parameters
    ----------
    gamma : float
        :math:`\gamma`, >= 0.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.ExponentialLR``.

    Examples
    --------
    >>> from thalweg.schedules import ExponentialLR
    >>> ExponentialLR(gamma=0.5)([0, 1, 2], lr=0.8)
    array([0.8, 0.4, 0.2])
    """

    def __init__(self, gamma: float, *, per: Per = "epoch") -> None:
        self.gamma = gamma
        self.per = per


class ExponentialDecay(Schedule):
    r"""A rate that is multiplied by ``decay_rate`` once in ``decay_steps``.

    .. math:: \eta_t = \eta_0 \, r^{\max(t - b, 0) / T}

    Parameters
    ----------
    initial_learning_rate : float or None
        :math:`\eta_0`, >= 0; None is the optimizer's rate.

    decay_steps : int
        :math:`T`, at least 1.

    decay_rate : float
        :math:`r`, > 0.

    staircase : bool, default=False
        Round the exponent down, so that the rate falls in steps.

    begin : int, default=0
        :math:`b`: the time before the decay.

    end_learning_rate : float or None, default=None
        Where the decay ends: the least rate if :math:`r < 1`, otherwise the largest.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    exponential_decay : The same under optax's name.

    Notes
    -----
    Agrees with Keras' ``ExponentialDecay``; ``begin`` and ``end_learning_rate`` are optax's.

    Examples
    --------
    >>> from thalweg.schedules import ExponentialDecay
    >>> ExponentialDecay(0.8, decay_steps=2, decay_rate=0.25)([0, 1, 2])
    array([0.8, 0.4, 0.2])
    """

    def __init__(
        self,
        initial_learning_rate: float | None,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        *,
        begin: int = 0,
        end_learning_rate: float | None = None,
        per: Per = "step",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.begin = begin
        self.end_learning_rate = end_learning_rate
        self.per = per
