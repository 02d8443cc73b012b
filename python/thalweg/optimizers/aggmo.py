"""AggMo: aggregated momentum."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["AggMo"]


class AggMo(Optimizer):
    r"""AggMo: the mean of several velocities, each with a momentum of its own.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\beta_1 \dots \beta_K` = ``betas`` and :math:`\lambda` = ``weight_decay``, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        b_k &\leftarrow \beta_k b_k + g, \qquad k = 1 \dots K \\
        \theta &\leftarrow \theta - \frac{\eta}{K} \sum_k b_k

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of floats, default=(0.0, 0.9, 0.99)
        Share of each velocity that survives a step, each in [0, 1); 1 to 8 of them. The authors
        take :math:`1 - 0.1^{k - 1}`.

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
    SGD : With one velocity.
    QHM : The mean of a velocity and the gradient.

    Notes
    -----
    Memory: one buffer for each of ``betas``, ``momentum_buffer_0`` and so on.

    Where libraries differ: they do not; ``betas`` with one number is :class:`SGD` with momentum.

    When to use: where a large momentum would be fast but oscillates: the velocities damp one
    another.

    References
    ----------
    .. [1] J. Lucas, S. Sun, R. Zemel, R. Grosse, "Aggregated Momentum: Stability Through Passive
       Damping", ICLR 2019, https://arxiv.org/abs/1804.00325

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import AggMo
    >>> run = AggMo(lr=0.1, betas=(0.0, 0.5)).init(np.array([1.0]))
    >>> for _ in range(2):
    ...     run.step(np.array([1.0]))
    >>> run.params
    array([0.775])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, ...] = (0.0, 0.9, 0.99),
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
