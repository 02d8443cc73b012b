"""One rise and one fall of the rate, and the momentum the other way round."""

from __future__ import annotations

from typing import ClassVar, Literal

from thalweg.schedules._base import Per, Schedule

__all__ = ["OneCycleLR"]


class OneCycleLR(Schedule):
    r"""Up to a large rate in a part of the steps, and down to a tiny one in the rest.

    With :math:`T` steps in all the rate goes

    .. math::

        \frac{\eta_{\max}}{\text{div\_factor}}
        \;\xrightarrow{\;t = \text{pct\_start} \cdot T - 1\;}\; \eta_{\max}
        \;\xrightarrow{\;t = T - 1\;}\;
        \frac{\eta_{\max}}{\text{div\_factor} \cdot \text{final\_div\_factor}}

    and the momentum from ``max_momentum`` to ``base_momentum`` and back.

    Parameters
    ----------
    max_lr : float
        :math:`\eta_{\max}`, >= 0. The optimizer's own rate does not matter.

    total_steps : int or None, default=None
        :math:`T`, at least 1; None is ``epochs * steps_per_epoch``.

    epochs : int or None, default=None
        Needed without ``total_steps``.

    steps_per_epoch : int or None, default=None
        Needed without ``total_steps``.

    pct_start : float, default=0.3
        Share of the steps that lead up, in [0, 1]; at most 0.5 with ``three_phase``.

    anneal_strategy : {'cos', 'linear'}, default='cos'
        Along half a wave of the cosine, or a straight line.

    cycle_momentum : bool, default=True
        Whether the momentum moves.

    base_momentum : float, default=0.85
        The lower momentum, where the rate is highest, in [0, 1).

    max_momentum : float, default=0.95
        The upper momentum, in [0, 1).

    div_factor : float, default=25.0
        > 0.

    final_div_factor : float, default=1e4
        > 0.

    three_phase : bool, default=False
        Down to the first rate at ``2 * pct_start * T - 2``, and from there to the last.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    See Also
    --------
    linear_onecycle_schedule, cosine_onecycle_schedule : optax's, whose peak is one step later.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.OneCycleLR`` for every ``t`` below ``total_steps``. At
    ``t = total_steps``, after the last step, PyTorch goes on along the curve, with a negative rate
    if it is a line; here the last rate stays. Later times are an error in both; a fit that is
    longer keeps the last rate. ``max_lr`` and the momenta may be lists for the groups of a run on
    arrays.

    References
    ----------
    .. [1] L. N. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using
       Large Learning Rates", 2017, https://arxiv.org/abs/1708.07120

    Examples
    --------
    >>> from thalweg.schedules import OneCycleLR
    >>> schedule = OneCycleLR(max_lr=0.5, total_steps=6, pct_start=0.5, anneal_strategy="linear")
    >>> schedule([0, 1, 2, 5]).round(6)
    array([2.0e-02, 2.6e-01, 5.0e-01, 2.0e-06])
    >>> schedule.momentum(2)
    0.85
    """

    _grouped: ClassVar = ("max_lr", "base_momentum", "max_momentum")

    def __init__(
        self,
        max_lr: float,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        cycle_momentum: bool = True,
        base_momentum: float = 0.85,
        max_momentum: float = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        *,
        per: Per = "step",
    ) -> None:
        self.max_lr = max_lr
        self.total_steps = total_steps
        self.epochs = epochs
        self.steps_per_epoch = steps_per_epoch
        self.pct_start = pct_start
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        self.base_momentum = base_momentum
        self.max_momentum = max_momentum
        self.div_factor = div_factor
        self.final_div_factor = final_div_factor
        self.three_phase = three_phase
        self.per = per
