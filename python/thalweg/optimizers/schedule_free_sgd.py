"""Schedule-free SGD: an average in the place of a falling rate."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["ScheduleFreeSGD"]


class ScheduleFreeSGD(Optimizer):
    r"""ScheduleFreeSGD: descent with an average of all points in the place of a schedule.

    With y the parameters, at which the gradient :math:`g` is taken, :math:`\eta` = ``lr``,
    :math:`\beta` = ``momentum``, :math:`\lambda` = ``weight_decay``, :math:`p` =
    ``weight_lr_power``, :math:`\eta_t = \eta \min(1, t / \text{warmup\_steps})` and :math:`t`
    counting the steps from 1, one step is

    .. math::

        d &= g + \lambda y \\
        z &\leftarrow z - \eta_t d \\
        w_t &= t^r \left(\max_{i \le t} \eta_i\right)^p, \qquad
            c_t = w_t \Big/ \sum_{i \le t} w_i \\
        x &\leftarrow (1 - c_t) x + c_t z \\
        y &\leftarrow \beta x + (1 - \beta) z

    x, y and z begin where the run does.

    Parameters
    ----------
    lr : float, default=1.0
        Learning rate, > 0.

    momentum : float, default=0.9
        How near the average gradients are taken, in (0, 1).

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    warmup_steps : int, default=0
        Steps over which the rate grows linearly; the first takes ``lr / warmup_steps``.

    r : float, default=0.0
        Power of the step in the weights of the average, >= 0.

    weight_lr_power : float, default=2.0
        Power of the greatest rate so far in these weights, >= 0; 0 for equal weights.

    maximize : bool, default=False
        Climb instead of descend.

    Notes
    -----
    Memory: one number per parameter.

    Evaluate the model at ``run.eval_params``, x; gradients are taken at the parameters, y. An
    estimator does so by itself: its weights are x, and its training loss is that at y.
    Where the authors' classes have ``train()`` and ``eval()``, nothing is switched here.

    Where libraries differ: optax's warm-up begins at 0, and its first step moves nothing.
    Keras's has equal weights.

    When to use: when the length of the training is not known beforehand.

    See Also
    --------
    SGD : Without the average.

    References
    ----------
    .. [1] A. Defazio, X. Yang, H. Mehta, K. Mishchenko, A. Khaled, A. Cutkosky, "The Road Less
       Scheduled", NeurIPS 2024, https://arxiv.org/abs/2405.15682

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import ScheduleFreeSGD
    >>> run = ScheduleFreeSGD(lr=0.5).init(np.array([1.0]))
    >>> for _ in range(100):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.eval_params[0]) < 0.1)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.warmup_steps = warmup_steps
        self.r = r
        self.weight_lr_power = weight_lr_power
        self.maximize = maximize
