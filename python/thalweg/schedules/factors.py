"""Rates that are a part of the optimizer's at first."""

from __future__ import annotations

from thalweg.schedules._base import Per, Schedule

__all__ = ["ConstantLR", "LinearLR"]


class ConstantLR(Schedule):
    r"""A part of the rate at first, the whole from ``total_iters`` on.

    .. math:: \eta_t = \eta_0 \cdot (f \text{ if } t < T \text{ else } 1)

    Parameters
    ----------
    factor : float, default=1/3
        :math:`f`, >= 0. The default reduces the rate.

    total_iters : int, default=5
        :math:`T`.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    See Also
    --------
    Constant : The optimizer's rate throughout.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.ConstantLR``.

    Examples
    --------
    >>> from thalweg.schedules import ConstantLR
    >>> ConstantLR(factor=0.5, total_iters=2)([0, 1, 2, 3], lr=0.8)
    array([0.4, 0.4, 0.8, 0.8])
    """

    def __init__(
        self, factor: float = 1.0 / 3.0, total_iters: int = 5, *, per: Per = "epoch"
    ) -> None:
        self.factor = factor
        self.total_iters = total_iters
        self.per = per


class LinearLR(Schedule):
    r"""A part of the rate that changes along a straight line: a warm-up, as a rule.

    .. math:: \eta_t = \eta_0 \left( s + (e - s) \frac{\min(t, T)}{T} \right)

    Parameters
    ----------
    start_factor : float, default=1/3
        :math:`s`, > 0.

    end_factor : float, default=1.0
        :math:`e`, >= 0.

    total_iters : int, default=5
        :math:`T`, at least 1.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    See Also
    --------
    PolynomialDecay : Between two rates instead of two factors.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.LinearLR``.

    Examples
    --------
    >>> from thalweg.schedules import LinearLR
    >>> LinearLR(start_factor=0.25, total_iters=3)([0, 1, 2, 3, 4], lr=0.8)
    array([0.2, 0.4, 0.6, 0.8, 0.8])
    """

    def __init__(
        self,
        start_factor: float = 1.0 / 3.0,
        end_factor: float = 1.0,
        total_iters: int = 5,
        *,
        per: Per = "epoch",
    ) -> None:
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        self.per = per
