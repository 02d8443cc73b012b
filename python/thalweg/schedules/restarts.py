"""Rates that fall along half a wave of the cosine, again and again."""

from __future__ import annotations

from thalweg.schedules._base import Per, Schedule

__all__ = ["CosineAnnealingWarmRestarts", "CosineDecayRestarts"]


class CosineAnnealingWarmRestarts(Schedule):
    r"""Cosine annealing that jumps back to the optimizer's rate.

    Cycle :math:`i` has the length :math:`T_i = T_0 \, T_{\text{mult}}^i`. With
    :math:`T_{\text{cur}}` the time since its beginning,

    .. math::

        \eta_t = \eta_{\min}
            + (\eta_0 - \eta_{\min}) \frac{1 + \cos(\pi T_{\text{cur}} / T_i)}{2}

    Parameters
    ----------
    T_0 : int
        Length of the first cycle, at least 1.

    T_mult : int, default=1
        How many times as long as the one before a cycle is, at least 1.

    eta_min : float, default=0.0
        The rate that a cycle approaches and does not reach, >= 0.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    See Also
    --------
    CosineDecayRestarts : The cycles become lower as well.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts``.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
       ICLR 2017, https://arxiv.org/abs/1608.03983

    Examples
    --------
    >>> from thalweg.schedules import CosineAnnealingWarmRestarts
    >>> CosineAnnealingWarmRestarts(T_0=2)([0, 1, 2, 3], lr=0.8)
    array([0.8, 0.4, 0.8, 0.4])
    """

    def __init__(
        self, T_0: int, T_mult: int = 1, eta_min: float = 0.0, *, per: Per = "epoch"
    ) -> None:
        self.T_0 = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.per = per


class CosineDecayRestarts(Schedule):
    r"""Cosine decay that begins again, over a longer time and from a lower rate.

    With :math:`x` the share of cycle :math:`i` that is over,

    .. math::

        \eta_t = \eta_0 \left( (1 - \alpha) \, m^i \, \frac{1 + \cos(\pi x)}{2} + \alpha \right)

    Parameters
    ----------
    initial_learning_rate : float or None
        :math:`\eta_0`, >= 0; None is the optimizer's rate.

    first_decay_steps : int
        Length of the first cycle, at least 1.

    t_mul : float, default=2.0
        How many times as long as the one before a cycle is, >= 1.

    m_mul : float, default=1.0
        :math:`m`: how many times as high as the one before a cycle is, >= 0.

    alpha : float, default=0.0
        :math:`\alpha`, >= 0: the part of the initial rate that a cycle approaches.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    sgdr_schedule : Cycles with warm-ups, each given by itself.

    Notes
    -----
    Agrees with Keras' ``CosineDecayRestarts``.

    Examples
    --------
    >>> from thalweg.schedules import CosineDecayRestarts
    >>> CosineDecayRestarts(0.8, first_decay_steps=2, t_mul=1.0, m_mul=0.5)([0, 1, 2, 3])
    array([0.8, 0.4, 0.4, 0.2])
    """

    def __init__(
        self,
        initial_learning_rate: float | None,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        *,
        per: Per = "step",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.per = per
