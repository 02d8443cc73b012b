"""PolyakSGD: gradient descent with Polyak's step size."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["PolyakSGD"]


class PolyakSGD(Optimizer):
    r"""PolyakSGD: gradient descent as far as a straight line would have to go to the minimum.

    With :math:`\theta` the parameters, :math:`f` the loss there, :math:`g` its gradient,
    :math:`\eta` = ``lr``, :math:`f^*` = ``f_min``, :math:`\epsilon` = ``eps`` and the norm over
    all tensors together, one step is

    .. math::

        \tau &= \min\left(\eta, \frac{f - f^*}{c \lVert g \rVert^2 + \epsilon}\right) \\
        \theta &\leftarrow \theta - \tau g

    With ``variant="sps+"`` a gap :math:`f - f^*` below 0 counts as 0. Every step needs the loss.

    Parameters
    ----------
    lr : float, default=1.0
        Largest rate, > 0.

    f_min : float, default=0.0
        The least value that the loss can have; 0 is right for models that fit the data.

    eps : float, default=0.0
        Added to the squared norm, >= 0.

    variant : {'sps', 'sps+'}, default='sps'
        Whether a loss below ``f_min`` leads uphill, or nowhere.

    c : float, default=1.0
        Factor of the squared norm, > 0; 0.5 is the choice of the SPS paper for convex problems.

    See Also
    --------
    MoMo : The same with momentum.

    Notes
    -----
    Memory: no buffer, and 1 number.

    Groups may have their own ``lr``; everything else shapes the one rate.

    The rule is optax's ``polyak_sgd``, whose ``max_learning_rate`` is ``lr``. Where the squared
    norm is below 2.2e-16 no step is taken.

    For losses whose minimum is known, and models large enough to reach it on every batch; where
    ``f_min`` is too low, steps are too long.

    References
    ----------
    .. [1] B. T. Polyak, "Introduction to Optimization", 1987.
    .. [2] N. Loizou, S. Vaswani, I. Laradji, S. Lacoste-Julien, "Stochastic Polyak Step-size for
       SGD: An Adaptive Learning Rate for Fast Convergence", AISTATS 2021,
       https://arxiv.org/abs/2002.10542

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import PolyakSGD
    >>> run = PolyakSGD().init(np.array([3.0, 4.0]))
    >>> run.step(2 * run.params, loss=float(run.params @ run.params))
    25.0
    >>> run.params  # by 25 / 100 of the gradient
    array([1.5, 2. ])
    """

    def __init__(
        self,
        lr: float = 1.0,
        f_min: float = 0.0,
        eps: float = 0.0,
        variant: Literal["sps", "sps+"] = "sps",
        c: float = 1.0,
    ) -> None:
        self.lr = lr
        self.f_min = f_min
        self.eps = eps
        self.variant = variant
        self.c = c
