"""COCOB: learning without a rate, by betting on coins."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["COCOB"]


class COCOB(Optimizer):
    r"""COCOB: bets a share of what it has won on the sign of the next gradient.

    With :math:`\theta` the parameters, which begin at :math:`\theta_0`, :math:`g` the gradient,
    :math:`\alpha` = ``alpha`` and :math:`\lambda` = ``weight_decay``, one step is, for each
    parameter,

    .. math::

        g &\leftarrow g + \lambda \theta \\
        L &\leftarrow \max(L, |g|), \qquad G \leftarrow G + |g| \\
        R &\leftarrow \max(R - g (\theta - \theta_0), 0), \qquad C \leftarrow C - g \\
        \theta &\leftarrow \theta_0 + \frac{C}{L \max(G + L, \alpha L)} (L + R)

    :math:`L` begins at ``eps``, the others at 0. There is no learning rate; that of a schedule, or
    of a step, multiplies the gradient.

    Parameters
    ----------
    alpha : float, default=100.0
        Bounds the first bets, > 0: a parameter begins by moving :math:`1 / \alpha`.

    eps : float, default=1e-8
        Largest gradient to begin with, > 0.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    maximize : bool, default=False
        Climb instead of descend.

    Notes
    -----
    Memory: five numbers per parameter, :math:`\theta_0` among them.

    Where libraries differ: the names are those of optax; the paper has no ``eps`` and no
    decay.

    When to use: to get somewhere without tuning anything.

    References
    ----------
    .. [1] F. Orabona, T. Tommasi, "Training Deep Networks without Learning Rates Through Coin
       Betting", NeurIPS 2017, https://arxiv.org/abs/1705.07795

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import COCOB
    >>> run = COCOB().init(np.array([1.0]))
    >>> for _ in range(300):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.1)
    True
    """

    def __init__(
        self,
        alpha: float = 100.0,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        self.alpha = alpha
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
