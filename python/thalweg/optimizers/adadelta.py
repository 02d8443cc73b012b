"""Adadelta: steps in the unit of the parameters."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Adadelta"]


class Adadelta(Optimizer):
    r"""Adadelta: a step for each element as long as its steps before, per unit of gradient.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\rho` = ``rho``, :math:`\epsilon` = ``eps`` and :math:`\lambda` = ``weight_decay``, one
    step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        v &\leftarrow \rho v + (1 - \rho) g^2 \\
        d &= \frac{\sqrt{u + \epsilon}}{\sqrt{v + \epsilon}} g \\
        u &\leftarrow \rho u + (1 - \rho) d^2 \\
        \theta &\leftarrow \theta - \eta d

    Parameters
    ----------
    lr : float, default=1.0
        Learning rate, > 0.

    rho : float, default=0.9
        Decay of the running means of both squares, in [0, 1].

    eps : float, default=1e-6
        Added to both means, > 0. The first steps are of the order of its root.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, by ``lr * weight_decay``, as :class:`AdamW` does, and leave
        the gradient alone: Keras's weight decay. PyTorch has no such parameter.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    RMSprop : With a rate in the place of the mean step.
    Adagrad : With a sum in the place of the mean.

    Notes
    -----
    Memory: two buffers, ``square_avg`` and ``acc_delta``.

    Where libraries differ: Keras's ``lr`` of 1e-3, with ``rho=0.95`` and ``eps=1e-7``, makes it a
    thousand times slower than the paper's 1. The formula is the same everywhere.

    When to use: when no rate is known; it starts slowly, for the steps have to find their length
    from ``eps`` upwards.

    References
    ----------
    .. [1] M. D. Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012,
       https://arxiv.org/abs/1212.5701

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Adadelta
    >>> run = Adadelta().init(np.array([1.0, 1.0]))
    >>> run.step(np.array([100.0, 0.01]))
    >>> run.params.round(4)
    array([0.9968, 0.997 ])
    """

    def __init__(
        self,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.rho = rho
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.decoupled_weight_decay = decoupled_weight_decay
        self.decay_with_lr = decay_with_lr
