"""OptimisticGD: gradient descent that guesses the next gradient."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["OptimisticGD"]


class OptimisticGD(Optimizer):
    r"""OptimisticGD: gradient descent by the gradient and its last change.

    With :math:`\theta` the parameters, :math:`g_t` the gradient of step :math:`t`, :math:`\eta` =
    ``lr``, :math:`\alpha` = ``alpha``, :math:`\beta` = ``beta`` and :math:`\lambda` =
    ``weight_decay``, one step is

    .. math::

        g_t &\leftarrow g_t + \lambda \theta \\
        \theta &\leftarrow \theta - \eta \left((\alpha + \beta) g_t - \beta g_{t - 1}\right),
            \qquad g_0 = g_1

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    alpha : float, default=1.0
        Factor of the gradient, > 0.

    beta : float, default=1.0
        Factor of its change, >= 0.

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
    SGD : Without the guess.

    Notes
    -----
    Memory: one buffer, ``previous_gradient``.

    Where libraries differ: the rule is optax's; the paper has ``alpha = beta = 1``.

    When to use: games and saddle points, such as adversarial training, where plain gradient descent
    circles the equilibrium and this one spirals into it.

    References
    ----------
    .. [1] C. Daskalakis, A. Ilyas, V. Syrgkanis, H. Zeng, "Training GANs with Optimism", ICLR 2018,
       https://arxiv.org/abs/1711.00141

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import OptimisticGD
    >>> saddle = OptimisticGD(lr=0.3).init(np.array([1.0, 1.0]))  # of x y
    >>> for _ in range(200):
    ...     x, y = saddle.params
    ...     saddle.step(np.array([y, -x]))
    >>> bool(abs(saddle.params).max() < 1e-3)
    True
    """

    def __init__(
        self,
        lr: float = 1e-3,
        alpha: float = 1.0,
        beta: float = 1.0,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.alpha = alpha
        self.beta = beta
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
