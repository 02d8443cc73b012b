"""REX: a decay for a given budget."""

from __future__ import annotations

from thalweg.schedules._base import Per, Schedule

__all__ = ["REX"]


class REX(Schedule):
    r"""Reflected exponential decay: slow at first, fast towards the end of the budget.

    .. math::

        \eta_t = \eta_{\min} + (\eta_0 - \eta_{\min}) \frac{1 - x}{1 - x / 2},
        \qquad x = \frac{\min(t, T)}{T}

    Parameters
    ----------
    total_steps : int
        :math:`T`, at least 1.

    min_lr : float, default=0.0
        :math:`\eta_{\min}`, >= 0.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    References
    ----------
    .. [1] J. Chen, C. Wolfe, A. Kyrillidis, "REX: Revisiting Budgeted Training with an Improved
       Schedule", MLSys 2022, https://arxiv.org/abs/2107.04197

    Examples
    --------
    >>> from thalweg.schedules import REX
    >>> REX(total_steps=2)([0, 1, 2, 3], lr=0.9)
    array([0.9, 0.6, 0. , 0. ])
    """

    def __init__(self, total_steps: int, min_lr: float = 0.0, *, per: Per = "step") -> None:
        self.total_steps = total_steps
        self.min_lr = min_lr
        self.per = per
