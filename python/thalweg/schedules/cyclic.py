"""Rates that go up and down, and the momentum the other way round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Literal

from thalweg._parameters import plain
from thalweg.schedules._base import Per, Schedule, needed
from thalweg.schedules.callables import evaluate

__all__ = ["CyclicLR"]


class CyclicLR(Schedule):
    r"""Triangles between two rates.

    With :math:`x_t` in [0, 1] the height in the triangle of ``step_size_up`` steps up and
    ``step_size_down`` steps down, and :math:`s_t` the height of the cycle,

    .. math::

        \eta_t &= \eta_{\text{base}} + (\eta_{\max} - \eta_{\text{base}}) \, x_t s_t \\
        \mu_t &= \mu_{\max} - (\mu_{\max} - \mu_{\text{base}}) \, x_t s_t

    Parameters
    ----------
    base_lr : float
        The lower rate, >= 0. The optimizer's own rate does not matter.

    max_lr : float
        The upper rate, at least ``base_lr``.

    step_size_up : int, default=2000
        Steps up, at least 1.

    step_size_down : int or None, default=None
        Steps down, at least 1; None is as many as up.

    mode : {'triangular', 'triangular2', 'exp_range'}, default='triangular'
        :math:`s_t`: 1; halved in each further cycle; or ``gamma ** t``.

    gamma : float, default=1.0
        For ``'exp_range'``, >= 0.

    scale_fn : callable or None, default=None
        :math:`s_t` in place of the mode's: takes an int, returns a number in [0, 1].

    scale_mode : {'cycle', 'iterations'}, default='cycle'
        What ``scale_fn`` is called with: the number of the cycle, from 1, or ``t``.

    cycle_momentum : bool, default=True
        Whether the momentum moves.

    base_momentum : float, default=0.8
        The lower momentum, where the rate is highest, in [0, 1).

    max_momentum : float, default=0.9
        The upper momentum, in [0, 1).

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    lr_range_test : Finds both rates.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.CyclicLR``. Rates and momenta may be lists for the groups
    of a run on arrays. The momentum is SGD's, or the first of
    Adam's betas.

    References
    ----------
    .. [1] L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2015,
       https://arxiv.org/abs/1506.01186

    Examples
    --------
    >>> from thalweg.schedules import CyclicLR
    >>> schedule = CyclicLR(base_lr=0.1, max_lr=0.5, step_size_up=2)
    >>> schedule([0, 1, 2, 3, 4])
    array([0.1, 0.3, 0.5, 0.3, 0.1])
    >>> schedule.momentum(2)
    0.8
    """

    _tabulated: ClassVar = {"scale_fn": ("scales",)}
    _grouped: ClassVar = ("base_lr", "max_lr", "base_momentum", "max_momentum")

    def __init__(
        self,
        base_lr: float,
        max_lr: float,
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[int], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float = 0.8,
        max_momentum: float = 0.9,
        *,
        per: Per = "step",
    ) -> None:
        self.base_lr = base_lr
        self.max_lr = max_lr
        self.step_size_up = step_size_up
        self.step_size_down = step_size_down
        self.mode = mode
        self.gamma = gamma
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode
        self.cycle_momentum = cycle_momentum
        self.base_momentum = base_momentum
        self.max_momentum = max_momentum
        self.per = per

    def _tables(self, horizon: int | None) -> dict[str, list[Any]]:
        if self.scale_fn is None:
            return {"scales": []}
        times = needed(horizon, "scale_fn")
        if self.scale_mode == "iterations":
            return {"scales": evaluate("scale_fn", self.scale_fn, range(times))}
        up = plain("step_size_up", self.step_size_up, int)
        down = plain("step_size_down", self.step_size_down, int | None)
        # A length of 0 is the core's to refuse.
        cycles = (times - 1) // max(up + (up if down is None else down), 1) + 1
        return {"scales": evaluate("scale_fn", self.scale_fn, range(1, cycles + 1))}
