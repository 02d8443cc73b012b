"""DAdaptAdaGrad: Adagrad that finds its rate."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["DAdaptAdaGrad"]


class DAdaptAdaGrad(Optimizer):
    r"""DAdaptAdaGrad: Adagrad that finds its rate from how far the solution seems to be.

    With :math:`\theta` the parameters, :math:`\theta_0` the first ones, :math:`g` the gradient,
    :math:`\eta` = ``lr``, :math:`\mu` = ``momentum``, :math:`\epsilon` = ``eps``, :math:`\lambda`
    = ``weight_decay``, and sums over all tensors together, one step is, from :math:`d` = ``d0``
    and :math:`a = 10^{-6}`,

    .. math::

        g &\leftarrow g + \lambda \theta, \qquad a \leftarrow a + g^2 \\
        q &\leftarrow q + (\eta d)^2 \sum g^2 / (\sqrt{a} + \epsilon) \\
        s &\leftarrow s + \eta d g \\
        d &\leftarrow \max\left(d, \min\left(
            \frac{\sum s^2 / (\sqrt{a} + \epsilon) - q}{\sum |s|},
            d \cdot \text{growth\_rate}\right)\right) \\
        \theta &\leftarrow \mu \theta + (1 - \mu) (\theta_0 - s / (\sqrt{a} + \epsilon))

    Parameters
    ----------
    lr : float, default=1.0
        Factor of the rate that is found, > 0.

    momentum : float, default=0.0
        Share of the parameters in the next ones, in [0, 1).

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    eps : float, default=1e-6
        Added to the root, > 0.

    d0 : float, default=1e-6
        First estimate of the distance to the solution, > 0.

    growth_rate : float, default=inf
        Largest factor by which the estimate grows in a step, >= 1.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    DAdaptAdam : The same for Adam, and quicker to adapt.

    Notes
    -----
    Memory: 3 buffers and 3 numbers.

    Groups may have their own ``lr``, which scales their part of the way from the first parameters,
    and their own ``momentum``; everything else shapes the one estimate.

    The estimate is the difference of two nearly equal sums, of which implementations agree in
    some nine digits only: the authors' code adds up their changes, and here each is one sum.

    The authors recommend :class:`DAdaptAdam` or :class:`DAdaptSGD` in most situations.

    References
    ----------
    .. [1] A. Defazio, K. Mishchenko, "Learning-Rate-Free Learning by D-Adaptation", ICML 2023,
       https://arxiv.org/abs/2301.07733

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import DAdaptAdaGrad
    >>> run = DAdaptAdaGrad(d0=1e-2).init(np.array([3.0, -2.0]))
    >>> for _ in range(300):
    ...     run.step(run.params)
    >>> bool(abs(run.params).max() < 0.01)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        eps: float = 1e-6,
        d0: float = 1e-6,
        growth_rate: float = float("inf"),
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.eps = eps
        self.d0 = d0
        self.growth_rate = growth_rate
        self.maximize = maximize
