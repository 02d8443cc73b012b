"""DAdaptSGD: gradient descent that finds its rate."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["DAdaptSGD"]


class DAdaptSGD(Optimizer):
    r"""DAdaptSGD: gradient descent that finds its rate from how far the solution seems to be.

    With :math:`\theta` the parameters, :math:`\theta_0` the first ones, :math:`g` the gradient,
    :math:`g_1` the first that is not zero, :math:`\eta` = ``lr``, :math:`\mu` = ``momentum``,
    :math:`\lambda` = ``weight_decay``, and norms and products over all tensors together, one step
    is, from :math:`d` = ``d0``,

    .. math::

        k &= \eta\, d / \lVert g_1 \rVert, \qquad g \leftarrow g + \lambda \theta \\
        n &\leftarrow n + k \langle g, s \rangle, \qquad s \leftarrow s + k g \\
        d &\leftarrow \max(d, \min(2 n / \lVert s \rVert, d \cdot \text{growth\_rate})) \\
        \theta &\leftarrow \mu \theta + (1 - \mu) (\theta_0 - s)

    Parameters
    ----------
    lr : float, default=1.0
        Factor of the rate that is found, > 0; a schedule of it, such as a cosine, is welcome.

    momentum : float, default=0.0
        Share of the parameters in the next ones, in [0, 1).

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, though not to :math:`g_1`.

    d0 : float, default=1e-6
        First estimate of the distance to the solution, > 0; too small does little harm.

    growth_rate : float, default=inf
        Largest factor by which the estimate grows in a step, >= 1.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    DAdaptAdam : The same for Adam.
    DoG : A rate from the distance come so far.

    Notes
    -----
    Memory: 2 buffers, the weighted sum of gradients and the first parameters, and 4 numbers.

    Groups may have their own ``lr``, which scales their part of the way from the first parameters,
    and their own ``momentum``; everything else shapes the one estimate. The authors' code refuses
    rates that differ.

    For when no rate is known and gradient descent is the right method; with Adam's habits,
    :class:`Prodigy` finds a rate faster. As long as every gradient is zero nothing moves, where
    the authors' code divides by zero.

    References
    ----------
    .. [1] A. Defazio, K. Mishchenko, "Learning-Rate-Free Learning by D-Adaptation", ICML 2023,
       https://arxiv.org/abs/2301.07733

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import DAdaptSGD
    >>> run = DAdaptSGD().init(np.array([3.0, -2.0]))
    >>> for _ in range(100):
    ...     run.step(run.params)
    >>> bool(abs(run.params).max() < 0.01)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        d0: float = 1e-6,
        growth_rate: float = float("inf"),
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.d0 = d0
        self.growth_rate = growth_rate
        self.maximize = maximize
