"""Adagrad: adaptive rates from all gradients so far."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    r"""Adagrad: a rate for each element, which falls with the gradients that it has seen.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\gamma` = ``lr_decay``, :math:`\epsilon` = ``eps``, :math:`\lambda` = ``weight_decay``
    and :math:`t` counting the steps from 1, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        G &\leftarrow G + g^2 \\
        \theta &\leftarrow \theta - \frac{\eta}{1 + (t - 1) \gamma} \cdot
            \frac{g}{\sqrt{G} + \epsilon}

    with ``initial_accumulator_value`` the first :math:`G`. ``eps_in_sqrt=True`` divides by
    :math:`\sqrt{G + \epsilon}`.

    Parameters
    ----------
    lr : float, default=1e-2
        Learning rate, > 0.

    lr_decay : float, default=0.0
        How fast the rate falls by itself, >= 0.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    initial_accumulator_value : float, default=0.0
        What the sums of squares begin with, >= 0.

    eps : float, default=1e-10
        Added to the root, > 0, so that a vanishing gradient does not divide by zero.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, by ``lr * weight_decay``, as :class:`AdamW` does, and leave
        the gradient alone: Keras's weight decay. PyTorch has no such parameter.

    eps_in_sqrt : bool, default=False
        Add epsilon inside the root, as optax and Keras do. PyTorch has no such parameter.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    RMSprop : With a running mean in the place of the sum.

    Notes
    -----
    Memory: one buffer, ``sum``.

    Where libraries differ: optax and Keras add epsilon (1e-7) inside the root and begin with a sum
    of 0.1. With a sum of 0, as in PyTorch, every element moves by ``lr`` in the first step.

    When to use: convex problems and sparse features, whose rare elements keep a large rate. In long
    training of networks the rates die away; :class:`RMSprop` forgets instead.

    References
    ----------
    .. [1] J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online Learning and
       Stochastic Optimization", Journal of Machine Learning Research, 2011.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Adagrad
    >>> run = Adagrad(lr=0.1).init(np.array([1.0, 1.0]))
    >>> run.step(np.array([100.0, 0.01]))
    >>> run.params
    array([0.9, 0.9])
    """

    def __init__(
        self,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        eps_in_sqrt: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.lr_decay = lr_decay
        self.weight_decay = weight_decay
        self.initial_accumulator_value = initial_accumulator_value
        self.eps = eps
        self.maximize = maximize
        self.decoupled_weight_decay = decoupled_weight_decay
        self.eps_in_sqrt = eps_in_sqrt
        self.decay_with_lr = decay_with_lr
