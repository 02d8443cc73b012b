"""Stochastic gradient descent with heavy-ball or Nesterov momentum."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["SGD"]


class SGD(Optimizer):
    r"""Stochastic gradient descent, with momentum if asked for.

    With :math:`\theta` the weights, :math:`g` the gradient of a mini-batch, :math:`\eta` = ``lr``,
    :math:`\mu` = ``momentum``, :math:`\tau` = ``dampening`` and :math:`\lambda` =
    ``weight_decay``, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        b &\leftarrow \mu b + (1 - \tau) g \qquad (b = g \text{ at the first step}) \\
        \theta &\leftarrow \theta - \eta b
            \qquad (\theta - \eta (g + \mu b) \text{ with Nesterov momentum})

    With ``rate_in_velocity=True`` the velocity holds the rate, as in scikit-learn:
    :math:`v \leftarrow \mu v - \eta g` and :math:`\theta \leftarrow \theta + v` (Nesterov:
    :math:`\theta + \mu v - \eta g`). Both forms agree while the rate is constant; when a schedule
    lowers it, the first form slows down at once, the second as the velocity fades.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    momentum : float, default=0.0
        Share of the velocity that survives a step, in [0, 1). 0 needs no buffer.

    dampening : float, default=0.0
        Part of the gradient kept out of the velocity, in every step but the first. Requires
        ``momentum > 0``.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, on weights and intercepts alike and undivided by the
        batch size, unlike the estimator's ``alpha``, which stays in force beside it.

    nesterov : bool, default=False
        Look ahead along the velocity. Requires ``momentum > 0`` and ``dampening == 0``.

    maximize : bool, default=False
        Climb instead of descend.

    rate_in_velocity : bool, default=False
        Take scikit-learn's form of the velocity; what ``solver="sgd"`` does. PyTorch has no such
        parameter. Excludes ``dampening``, and allows a momentum of 1 as scikit-learn does.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, by ``lr * weight_decay``, as :class:`AdamW` does, and leave
        the gradient alone: SGDW [4]_, and Keras's weight decay. PyTorch has no such parameter.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    Adam : A rate per weight, from the running moments of its gradient.

    References
    ----------
    .. [1] H. Robbins, S. Monro, "A Stochastic Approximation Method", Annals of Mathematical
       Statistics, 1951.
    .. [2] B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    .. [3] I. Sutskever, J. Martens, G. Dahl, G. Hinton, "On the importance of initialization and
       momentum in deep learning", ICML 2013.
    .. [4] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019,
       https://arxiv.org/abs/1711.05101

    Examples
    --------
    >>> from thalweg import MLPRegressor
    >>> from thalweg.optimizers import SGD
    >>> model = MLPRegressor(solver=SGD(lr=0.05, momentum=0.9, nesterov=True), random_state=0)
    >>> model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]).n_layers_
    3
    """

    def __init__(
        self,
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        rate_in_velocity: bool = False,
        decoupled_weight_decay: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.dampening = dampening
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        self.maximize = maximize
        self.rate_in_velocity = rate_in_velocity
        self.decoupled_weight_decay = decoupled_weight_decay
        self.decay_with_lr = decay_with_lr
