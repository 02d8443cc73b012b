"""RMSprop: the gradient over the root of its mean square."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    r"""RMSprop: the gradient of each element over the root of its mean square.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\alpha` = ``alpha``, :math:`\epsilon` = ``eps``, :math:`\mu` = ``momentum`` and
    :math:`\lambda` = ``weight_decay``, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        v &\leftarrow \alpha v + (1 - \alpha) g^2 \\
        m &\leftarrow \alpha m + (1 - \alpha) g, \quad
            s = \max(v - m^2, 0) \qquad (\texttt{centered};\ \text{otherwise } s = v) \\
        b &\leftarrow \mu b + \frac{g}{\sqrt{s} + \epsilon} \\
        \theta &\leftarrow \theta - \eta b

    ``eps_in_sqrt=True`` divides by :math:`\sqrt{s + \epsilon}`. With ``rate_in_velocity=True`` the
    velocity holds the rate: :math:`b \leftarrow \mu b + \eta u`,
    :math:`\theta \leftarrow \theta - b`, where :math:`u` is the quotient.

    Parameters
    ----------
    lr : float, default=1e-2
        Learning rate, > 0.

    alpha : float, default=0.99
        Decay of the running means, in [0, 1).

    eps : float, default=1e-8
        Added to the root, > 0, so that a vanishing gradient does not divide by zero.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    momentum : float, default=0.0
        Share of the velocity that survives a step, in [0, 1).

    centered : bool, default=False
        Divide by the deviation from the mean gradient.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, by ``lr * weight_decay``, as :class:`AdamW` does, and leave
        the gradient alone: Keras's weight decay. PyTorch has no such parameter.

    eps_in_sqrt : bool, default=False
        Add epsilon inside the root, as optax and Keras do. PyTorch has no such parameter.

    rate_in_velocity : bool, default=False
        Keep the rate inside the velocity, as optax and Keras do: the same at a constant rate, but a
        new rate works only as the velocity is renewed. PyTorch has no such parameter.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    Adam : With a mean of the gradient as well.
    Adagrad : With a sum in the place of the mean.

    Notes
    -----
    Memory: one buffer, ``square_avg``; one more each for ``momentum`` (``momentum_buffer``) and
    ``centered`` (``grad_avg``).

    Where libraries differ: in PyTorch epsilon is outside the root and the decay 0.99; in optax and
    Keras epsilon is inside (1e-8 and 1e-7), the decay 0.9, and the velocity holds the rate. They
    can take the root of a difference :math:`v - m^2` that rounding made negative, which is NaN;
    here it is 0.

    When to use: recurrent networks and reinforcement learning; otherwise :class:`Adam` is the usual
    choice.

    References
    ----------
    .. [1] T. Tieleman, G. Hinton, "Lecture 6.5: rmsprop", Coursera, 2012.
    .. [2] A. Graves, "Generating Sequences With Recurrent Neural Networks", 2013,
       https://arxiv.org/abs/1308.0850

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import RMSprop
    >>> run = RMSprop(lr=0.1, alpha=0.75).init(np.array([1.0, 1.0]))
    >>> run.step(np.array([100.0, -0.01]))
    >>> run.params.round(6)
    array([0.8, 1.2])
    """

    def __init__(
        self,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        eps_in_sqrt: bool = False,
        rate_in_velocity: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.alpha = alpha
        self.eps = eps
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.centered = centered
        self.maximize = maximize
        self.decoupled_weight_decay = decoupled_weight_decay
        self.eps_in_sqrt = eps_in_sqrt
        self.rate_in_velocity = rate_in_velocity
        self.decay_with_lr = decay_with_lr
