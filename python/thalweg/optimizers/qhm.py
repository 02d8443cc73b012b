"""QHM: quasi-hyperbolic momentum."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["QHM"]


class QHM(Optimizer):
    r"""QHM: a share of the step by the mean gradient, the rest by the gradient.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\beta` = ``momentum``, :math:`\nu` = ``nu`` and :math:`\lambda` = ``weight_decay``, one
    step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        b &\leftarrow \beta b + (1 - \beta) g \\
        \theta &\leftarrow \theta - \eta (\nu b + (1 - \nu) g)

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    momentum : float, default=0.999
        Decay of the running mean of the gradient, in [0, 1).

    nu : float, default=0.7
        Share of the mean in the step, in [0, 1]: 0 is gradient descent, 1 is :class:`EMAMomentum`,
        ``momentum`` is Nesterov's.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, by ``lr * weight_decay``, as :class:`AdamW` does, and leave
        the gradient alone.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    EMAMomentum : By the mean alone.
    AggMo : The mean of several velocities.

    Notes
    -----
    Memory: one buffer, ``momentum_buffer``.

    Where libraries differ: in names alone; ``decoupled_weight_decay`` is the authors'
    ``weight_decay_type='direct'``. Their rule of thumb gives the defaults of ``momentum`` and
    ``nu``.

    When to use: in the place of Nesterov momentum, with a rate :math:`1 / (1 - \beta)` times larger
    than its.

    References
    ----------
    .. [1] J. Ma, D. Yarats, "Quasi-hyperbolic momentum and Adam for deep learning", ICLR 2019,
       https://arxiv.org/abs/1810.06801

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import QHM
    >>> run = QHM(lr=1.0, momentum=0.75, nu=0.5).init(np.array([1.0]))
    >>> run.step(np.array([0.5]))
    >>> run.params
    array([0.6875])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        momentum: float = 0.999,
        nu: float = 0.7,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.nu = nu
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
