"""The rate for averaging weights."""

from __future__ import annotations

from typing import ClassVar, Literal

from thalweg.schedules._base import Per, Schedule

__all__ = ["SWALR"]


class SWALR(Schedule):
    r"""From the optimizer's rate to a constant one, for stochastic weight averaging.

    .. math:: \eta_t = \eta_{\text{swa}} \, a_t + \eta_0 (1 - a_t)

    with :math:`a_t` from 0 to 1 in ``anneal_epochs``.

    Parameters
    ----------
    swa_lr : float
        :math:`\eta_{\text{swa}}`, >= 0.

    anneal_epochs : int, default=10
        How long the change takes; 0 is at once.

    anneal_strategy : {'cos', 'linear'}, default='cos'
        Along half a wave of the cosine, or a straight line.

    per : {'step', 'epoch', 'sample'}, default='epoch'
        What ``t`` counts in a fit.

    Notes
    -----
    Agrees with ``torch.optim.swa_utils.SWALR``. ``swa_lr`` may be a list for the groups of a run on
    arrays.

    References
    ----------
    .. [1] P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better
       Generalization", 2018, https://arxiv.org/abs/1803.05407

    Examples
    --------
    >>> from thalweg.schedules import SWALR
    >>> SWALR(swa_lr=0.1, anneal_epochs=2)([0, 1, 2, 3], lr=0.5)
    array([0.5, 0.3, 0.1, 0.1])
    """

    _grouped: ClassVar = ("swa_lr",)

    def __init__(
        self,
        swa_lr: float,
        anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos",
        *,
        per: Per = "epoch",
    ) -> None:
        self.swa_lr = swa_lr
        self.anneal_epochs = anneal_epochs
        self.anneal_strategy = anneal_strategy
        self.per = per
