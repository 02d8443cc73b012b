"""Rates that decay as a power of the time that is left."""

from __future__ import annotations

from thalweg.schedules._base import Per, Schedule

__all__ = ["PolynomialDecay", "PolynomialLR"]


class PolynomialLR(Schedule):
    r"""From the optimizer's rate to 0.

    .. math:: \eta_t = \eta_0 \left( 1 - \frac{\min(t, T)}{T} \right)^p

    Parameters
    ----------
    total_iters : int, default=5
        :math:`T`, at least 1.

    power : float, default=1.0
        :math:`p`, >= 0.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.PolynomialLR``.

    Examples
    --------
    >>> from thalweg.schedules import PolynomialLR
    >>> PolynomialLR(total_iters=4, power=2.0)([0, 2, 4, 5], lr=0.8)
    array([0.8, 0.2, 0. , 0. ])
    """

    def __init__(self, total_iters: int = 5, power: float = 1.0, *, per: Per = "epoch") -> None:
        self.total_iters = total_iters
        self.power = power
        self.per = per


class PolynomialDecay(Schedule):
    r"""From one rate to another.

    .. math:: \eta_t = (\eta_0 - \eta_e) \left( 1 - \frac{\min(t - b, T)}{T} \right)^p + \eta_e

    and :math:`\eta_0` before :math:`b`.

    Parameters
    ----------
    initial_learning_rate : float or None
        :math:`\eta_0`, >= 0; None is the optimizer's rate.

    decay_steps : int
        :math:`T`, at least 1.

    end_learning_rate : float, default=1e-4
        :math:`\eta_e`, >= 0.

    power : float, default=1.0
        :math:`p`, >= 0.

    cycle : bool, default=False
        Begin again after :math:`T`, from a lower rate: the least multiple of :math:`T` that is
        not below :math:`t - b` takes its place.

    begin : int, default=0
        :math:`b`: the time before the decay.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    polynomial_schedule, linear_schedule : The same under optax's names.

    Notes
    -----
    Agrees with Keras' ``PolynomialDecay``; ``begin`` is optax's.

    Examples
    --------
    >>> from thalweg.schedules import PolynomialDecay
    >>> PolynomialDecay(0.5, decay_steps=2, end_learning_rate=0.1)([0, 1, 2, 3])
    array([0.5, 0.3, 0.1, 0.1])
    >>> PolynomialDecay(0.5, decay_steps=2, end_learning_rate=0.1, cycle=True)([0, 1, 2, 3])
    array([0.5, 0.3, 0.1, 0.2])
    """

    def __init__(
        self,
        initial_learning_rate: float | None,
        decay_steps: int,
        end_learning_rate: float = 1e-4,
        power: float = 1.0,
        cycle: bool = False,
        *,
        begin: int = 0,
        per: Per = "step",
    ) -> None:
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.begin = begin
        self.per = per
