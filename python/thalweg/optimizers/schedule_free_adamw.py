"""Schedule-free AdamW: an average in the place of a falling rate."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["ScheduleFreeAdamW"]


class ScheduleFreeAdamW(Optimizer):
    r"""ScheduleFreeAdamW: AdamW with an average of all points in the place of a schedule.

    With y the parameters, at which the gradient :math:`g` is taken, :math:`\eta` = ``lr``,
    :math:`(\beta, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay``, :math:`p` = ``weight_lr_power``, :math:`\eta_t = \eta \min(1, t /
    \text{warmup\_steps})` and :math:`t` counting the steps from 1, one step is

    .. math::

        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        d &= \frac{g}{\sqrt{v / (1 - \beta_2^t)} + \epsilon} + \lambda y \\
        z &\leftarrow z - \eta_t d \\
        w_t &= t^r \left(\max_{i \le t} \eta_i\right)^p, \qquad
            c_t = w_t \Big/ \sum_{i \le t} w_i \\
        x &\leftarrow (1 - c_t) x + c_t z \\
        y &\leftarrow \beta x + (1 - \beta) z

    x, y and z begin where the run does.

    Parameters
    ----------
    lr : float, default=2.5e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        How near the average gradients are taken, in (0, 1), and the decay of the mean of
        their squares, in [0, 1).

    eps : float, default=1e-8
        Added to the root, > 0.

    weight_decay : float, default=0.0
        Decay, decoupled, of y.

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
    Memory: two numbers per parameter, as much as AdamW.

    Evaluate the model at ``run.eval_params``, x; gradients are taken at the parameters, y. An
    estimator does so by itself: its weights are x, and its training loss is that at y.
    Where the authors' classes have ``train()`` and ``eval()``, nothing is switched here.

    Where libraries differ: optax's warm-up begins at 0, and its first step moves nothing.
    Keras's has equal weights.

    When to use: when the length of the training is not known beforehand; rates are 1 to 10
    times those of AdamW.

    See Also
    --------
    AdamW : Without the average.
    ScheduleFreeRAdam : Without a warm-up.

    References
    ----------
    .. [1] A. Defazio, X. Yang, H. Mehta, K. Mishchenko, A. Khaled, A. Cutkosky, "The Road Less
       Scheduled", NeurIPS 2024, https://arxiv.org/abs/2405.15682

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import ScheduleFreeAdamW
    >>> run = ScheduleFreeAdamW(lr=0.1).init(np.array([1.0]))
    >>> for _ in range(200):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.eval_params[0]) < 0.1)
    True
    """

    def __init__(
        self,
        lr: float = 2.5e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        warmup_steps: int = 0,
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.warmup_steps = warmup_steps
        self.r = r
        self.weight_lr_power = weight_lr_power
        self.maximize = maximize
