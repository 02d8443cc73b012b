"""Schedule-free RAdam: neither a schedule nor a warm-up."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["ScheduleFreeRAdam"]


class ScheduleFreeRAdam(Optimizer):
    r"""ScheduleFreeRAdam: RAdam with an average of all points in the place of a schedule.

    With y the parameters, at which the gradient :math:`g` is taken, :math:`\eta` = ``lr``,
    :math:`(\beta, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay``, :math:`p` = ``weight_lr_power`` and :math:`t` counting the steps from 1, one
    step is

    .. math::

        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2, \qquad
            \rho_\infty = \frac{2}{1 - \beta_2} - 1, \qquad
            \rho = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t} \\
        \rho > 4: \quad \eta_t &= \eta \sqrt{\frac{(\rho - 4)(\rho - 2) \rho_\infty}
            {(\rho_\infty - 4)(\rho_\infty - 2) \rho}}, \qquad
            d = \frac{g}{\sqrt{v / (1 - \beta_2^t)} + \epsilon} + \lambda y \\
        \rho \le 4: \quad \eta_t &= 0 \text{ if silent, else } \eta, \qquad d = g + \lambda y \\
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

    r : float, default=0.0
        Power of the step in the weights of the average, >= 0.

    weight_lr_power : float, default=2.0
        Power of the greatest rate so far in these weights, >= 0; 0 for equal weights.

    silent_sgd_phase : bool, default=True
        Move nothing before there is a rectification (4 steps with the default ``betas``), in
        the place of descending plainly.

    maximize : bool, default=False
        Climb instead of descend.

    Notes
    -----
    Memory: two numbers per parameter.

    Evaluate the model at ``run.eval_params``, x; gradients are taken at the parameters, y. An
    estimator does so by itself: its weights are x, and its training loss is that at y.
    Where the authors' classes have ``train()`` and ``eval()``, nothing is switched here.

    When to use: as :class:`ScheduleFreeAdamW`, without a warm-up to choose.

    See Also
    --------
    ScheduleFreeAdamW : With a linear warm-up.

    References
    ----------
    .. [1] A. Defazio, X. Yang, H. Mehta, K. Mishchenko, A. Khaled, A. Cutkosky, "The Road Less
       Scheduled", NeurIPS 2024, https://arxiv.org/abs/2405.15682
    .. [2] L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020,
       https://arxiv.org/abs/1908.03265

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import ScheduleFreeRAdam
    >>> run = ScheduleFreeRAdam(lr=0.1).init(np.array([1.0]))
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
        r: float = 0.0,
        weight_lr_power: float = 2.0,
        silent_sgd_phase: bool = True,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.r = r
        self.weight_lr_power = weight_lr_power
        self.silent_sgd_phase = silent_sgd_phase
        self.maximize = maximize
