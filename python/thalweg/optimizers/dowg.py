"""DoWG: distance over weighted gradients."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["DoWG"]


class DoWG(Optimizer):
    r"""DoWG: DoG with gradients weighted by the distance come so far.

    With :math:`\theta` the parameters, :math:`\theta_0` the first ones, :math:`g` the gradient,
    :math:`\eta` = ``lr``, :math:`\epsilon` = ``eps``, :math:`\lambda` = ``weight_decay``, and
    norms over all tensors together, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        r^2 &\leftarrow \max(r^2, \lVert \theta - \theta_0 \rVert^2), \qquad
            r^2 = \text{init\_estim\_sq\_dist} \text{ at first} \\
        v &\leftarrow v + r^2 \lVert g \rVert^2 \\
        \theta &\leftarrow \theta - \eta \frac{r^2}{\sqrt{v} + \epsilon} g

    Parameters
    ----------
    lr : float, default=1.0
        Factor of the rate that is found, > 0; seldom needs another value.

    init_estim_sq_dist : float or None, default=None
        First guess of the squared distance to the solution, > 0; ``eps`` by default.

    eps : float, default=1e-4
        Added to the root, > 0.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    DoG : Without the weights.

    Notes
    -----
    Memory: 1 buffer, the first parameters, and 3 numbers.

    Groups may have their own ``lr``; everything else shapes the one rate.

    The rule and the names are optax's.

    For when no rate is known and gradient descent is the right method; it adapts to smooth and to
    rough problems alike, and leaves a bad first guess sooner than DoG.

    References
    ----------
    .. [1] A. Khaled, K. Mishchenko, C. Jin, "DoWG Unleashed: An Efficient Universal Parameter-Free
       Gradient Descent Method", NeurIPS 2023, https://arxiv.org/abs/2305.16284

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import DoWG
    >>> run = DoWG().init(np.array([3.0, -2.0]))
    >>> for _ in range(300):
    ...     run.step(run.params)
    >>> bool(abs(run.params).max() < 0.01)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        init_estim_sq_dist: float | None = None,
        eps: float = 1e-4,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.init_estim_sq_dist = init_estim_sq_dist
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
