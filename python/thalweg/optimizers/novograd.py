"""NovoGrad: momentum over gradients divided by their norm."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["NovoGrad"]


class NovoGrad(Optimizer):
    r"""NovoGrad: momentum over gradients that are divided, tensor by tensor, by their mean norm.

    With :math:`\theta` a tensor, :math:`g` its gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps`` and :math:`\lambda` =
    ``weight_decay``, one step is

    .. math::

        v &\leftarrow \beta_2 v + (1 - \beta_2) \lVert g \rVert^2
            \qquad (\lVert g \rVert^2 \text{ at the first step}) \\
        m &\leftarrow \beta_1 m + \left(\frac{g}{\sqrt{v} + \epsilon} + \lambda \theta\right) \\
        \theta &\leftarrow \theta - \eta m

    with one number :math:`v` for a tensor.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.95, 0.98)
        Share of the momentum that survives a step, and decay of the running mean of the squared
        norm, each in [0, 1).

    eps : float, default=1e-8
        Added to the root, > 0.

    weight_decay : float, default=0.0
        Share of the weights that is added to the divided gradient.

    grad_averaging : bool, default=False
        Multiply what is added to the momentum by :math:`1 - \beta_1`, which makes it a mean.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    LAMB : Moments for every weight, and then a rate for each tensor.

    Notes
    -----
    Memory: 1 number per parameter, and 1 per tensor. Defaults are the paper's; optax has
    ``betas=(0.9, 0.25)`` and ``eps=1e-6``. Half of Adam's memory, robust to the choice of the
    rate.

    References
    ----------
    .. [1] B. Ginsburg et al., "Stochastic Gradient Methods with Layer-wise Adaptive Moments for
       Training of Deep Networks", 2019, https://arxiv.org/abs/1905.11286

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import NovoGrad
    >>> run = NovoGrad(lr=0.5).init(np.array([1.0, 1.0]))
    >>> run.step(np.array([3.0, 4.0]))
    >>> run.params.round(4)
    array([0.7, 0.6])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.95, 0.98),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        grad_averaging: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.grad_averaging = grad_averaging
        self.maximize = maximize
