"""LARS: a learning rate for each tensor, by the ratio of two norms."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["LARS"]


class LARS(Optimizer):
    r"""Momentum that moves every tensor by the same share of its norm.

    With :math:`\theta` a tensor, :math:`g` its gradient, :math:`\eta` = ``lr``, :math:`\mu` =
    ``momentum``, :math:`\lambda` = ``weight_decay``, :math:`c` = ``trust_coefficient`` and
    :math:`\epsilon` = ``eps``, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        r &= c \frac{\lVert \theta \rVert}{\lVert g \rVert + \epsilon}
            \qquad (1 \text{ where a norm is } 0) \\
        b &\leftarrow \mu b + \eta r g \\
        \theta &\leftarrow \theta - b
            \qquad (\theta - (\mu b + \eta r g) \text{ with Nesterov momentum})

    The rule is optax's. The paper divides by :math:`\lVert g \rVert + \lambda \lVert \theta
    \rVert` with the gradient before decay.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    momentum : float, default=0.9
        Share of the velocity that survives a step, in [0, 1).

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, before its norm is taken.

    trust_coefficient : float, default=1e-3
        How far a tensor moves, as a share of its norm, times the rate; > 0.

    eps : float, default=0.0
        Added to the norm of the gradient.

    nesterov : bool, default=False
        Look ahead along the velocity.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    SGD : One rate for all tensors.

    References
    ----------
    .. [1] Y. You, I. Gitman, B. Ginsburg, "Large Batch Training of Convolutional Networks", 2017,
       https://arxiv.org/abs/1708.03888

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import LARS
    >>> run = LARS(lr=1.0, trust_coefficient=0.1).init(np.array([3.0, 4.0]))
    >>> run.step(np.array([0.0, 2.0]))
    >>> run.params  # by a tenth of the norm
    array([3. , 3.5])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        trust_coefficient: float = 1e-3,
        eps: float = 0.0,
        *,
        nesterov: bool = False,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.trust_coefficient = trust_coefficient
        self.eps = eps
        self.nesterov = nesterov
        self.maximize = maximize
