"""MADGRAD: momentumised, adaptive, dual averaged gradients."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["MADGRAD"]


class MADGRAD(Optimizer):
    r"""MADGRAD: steps from where the run began, along the sum of all gradients.

    With :math:`\theta` the parameters, which begin at :math:`\theta_0`, :math:`g` the gradient,
    :math:`\eta` = ``lr``, :math:`\mu` = ``momentum``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        g &\leftarrow g + \lambda \theta, \qquad k = (\eta + \epsilon) \sqrt{t} \\
        s &\leftarrow s + k g, \qquad q \leftarrow q + k g^2 \\
        \theta &\leftarrow \mu \theta + (1 - \mu)
            \left(\theta_0 - \frac{s}{\sqrt[3]{q} + \epsilon}\right)

    Parameters
    ----------
    lr : float, default=1e-2
        Learning rate, > 0.

    momentum : float, default=0.9
        Share of the parameter that stays beside the new point, in [0, 1).

    weight_decay : float, default=0.0
        L2 penalty added to the gradient; often 0 with this optimizer.

    eps : float, default=1e-6
        Added to the root and to the rate, >= 0. With 0, parameters without any gradient stay.

    decouple_decay : bool, default=False
        Shrink the parameters directly, by :math:`(\eta + \epsilon) \lambda`, and not by way
        of the gradient.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decouple_decay``.

    Notes
    -----
    Memory: three numbers per parameter, :math:`\theta_0` among them.

    Where libraries differ: with ``momentum=0`` the authors' code works out :math:`\theta_0`
    from the sums and does not keep it; the steps are the same.

    When to use: sparse problems, and images where Adam generalises badly. The rate compares
    with that of neither SGD nor Adam.

    References
    ----------
    .. [1] A. Defazio, S. Jelassi, "Adaptivity without Compromise: A Momentumized, Adaptive, Dual
       Averaged Gradient Method for Stochastic Optimization", 2021,
       https://arxiv.org/abs/2101.11075

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import MADGRAD
    >>> run = MADGRAD(lr=0.1).init(np.array([1.0]))
    >>> for _ in range(300):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.05)
    True
    """

    def __init__(
        self,
        lr: float = 1e-2,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        eps: float = 1e-6,
        decouple_decay: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.eps = eps
        self.decouple_decay = decouple_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
