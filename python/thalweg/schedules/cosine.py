"""Rates that fall along half a wave of the cosine."""

from __future__ import annotations

from thalweg.schedules._base import Per, Schedule

__all__ = ["CosineAnnealingLR", "CosineDecay"]


class CosineAnnealingLR(Schedule):
    r"""From the optimizer's rate to the least, and up again.

    .. math::

        \eta_t = \eta_{\min} + (\eta_0 - \eta_{\min}) \frac{1 + \cos(\pi t / T_{\max})}{2}

    Parameters
    ----------
    T_max : int
        Half the period, at least 1.

    eta_min : float, default=0.0
        The least rate, >= 0.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    See Also
    --------
    CosineDecay : Stays at the least rate.
    CosineAnnealingWarmRestarts : Jumps back to the largest.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.CosineAnnealingLR``, which too goes up again after
    ``T_max``: a run that is longer ends with a rising rate.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
       ICLR 2017, https://arxiv.org/abs/1608.03983

    Examples
    --------
    >>> from thalweg.schedules import CosineAnnealingLR
    >>> CosineAnnealingLR(T_max=2, eta_min=0.2)([0, 1, 2, 3], lr=0.6)
    array([0.6, 0.4, 0.2, 0.4])
    """

    def __init__(self, T_max: int, eta_min: float = 0.0, *, per: Per = "epoch") -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        self.per = per


class CosineDecay(Schedule):
    r"""From one rate to a part of it, after a linear warm-up if asked for.

    With :math:`\eta_0` the initial rate, :math:`\eta_w` = ``warmup_target`` (:math:`\eta_0` if
    there is none) and :math:`W` = ``warmup_steps``,

    .. math::

        \eta_t = \begin{cases}
            \eta_0 + (\eta_w - \eta_0) \, t / W & t < W \\
            \eta_w \left( (1 - \alpha) \left[ \frac{1 + \cos(\pi x)}{2} \right]^k + \alpha \right)
                & x = \min(t - W, T) / T
        \end{cases}

    Parameters
    ----------
    initial_learning_rate : float or None
        :math:`\eta_0`, >= 0; None is the optimizer's rate.

    decay_steps : int
        :math:`T`, at least 1; the warm-up is not counted.

    alpha : float, default=0.0
        :math:`\alpha`, >= 0: what is left at last.

    warmup_target : float or None, default=None
        :math:`\eta_w`, >= 0.

    warmup_steps : int, default=0
        :math:`W`; needs a ``warmup_target``.

    exponent : float, default=1.0
        :math:`k`, >= 0.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    cosine_decay_schedule, warmup_cosine_decay_schedule : The same under optax's names; there the
        warm-up counts as part of the decay.

    Notes
    -----
    Agrees with Keras' ``CosineDecay``; ``exponent`` is optax's. Keras passes over
    ``warmup_steps`` without a target, which is an error here.

    Examples
    --------
    >>> from thalweg.schedules import CosineDecay
    >>> CosineDecay(0.5, decay_steps=2, alpha=0.2)([0, 1, 2, 3])
    array([0.5, 0.3, 0.1, 0.1])
    >>> CosineDecay(0.1, decay_steps=2, warmup_target=0.5, warmup_steps=2)([0, 1, 2, 3])
    array([0.1 , 0.3 , 0.5 , 0.25])
    """

    def __init__(
        self,
        initial_learning_rate: float | None,
        decay_steps: int,
        alpha: float = 0.0,
        warmup_target: float | None = None,
        warmup_steps: int = 0,
        *,
        exponent: float = 1.0,
        per: Per = "step",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps
        self.exponent = exponent
        self.per = per
