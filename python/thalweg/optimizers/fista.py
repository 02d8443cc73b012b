"""FISTA: fast iterative shrinkage and thresholding."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["FISTA"]


class FISTA(Optimizer):
    r"""FISTA: proximal gradient descent with Nesterov's acceleration; some parameters become zero.

    Minimizes :math:`f(\theta) + \lambda_1 \lVert \theta \rVert_1 + \lambda_2 \lVert \theta
    \rVert^2 / 2`, with :math:`f` the closure's loss, :math:`\eta` = ``lr`` and :math:`t_0 = 1`. One
    step is

    .. math::

        t_k &= \frac{1 + \sqrt{1 + 4 t_{k-1}^2}}{2} \\
        y &= \theta_k + \frac{t_{k-1} - 1}{t_k} (\theta_k - \theta_{k-1}) \\
        \theta_{k+1} &= \frac{S(y - \eta \nabla f(y), \eta \lambda_1)}{1 + \eta \lambda_2},
            \qquad S(v, c) = \operatorname{sign}(v) \max(|v| - c, 0)

    It takes a closure, which it evaluates at :math:`\theta` and at :math:`y`:
    ``run.step(closure=f)``. The closure knows nothing of the penalty, nor does the loss that a
    step returns.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0; with ``backtracking`` the longest. One over the largest curvature of
        :math:`f` is the longest that is safe.

    l1 : float, default=0.0
        Factor :math:`\lambda_1` of the sum of magnitudes, >= 0.

    l2 : float, default=0.0
        Factor :math:`\lambda_2` of half the sum of squares, >= 0.

    restart : {'gradient', 'function', 'none'}, default='gradient'
        Let the momentum start anew, :math:`t = 1` and :math:`y = \theta`: where
        :math:`(y - \theta_{k+1})^T (\theta_{k+1} - \theta_k) > 0`, where the objective has risen,
        or never.

    backtracking : bool, default=False
        Multiply the rate by ``decrease_factor``, for good, until
        :math:`f(\theta_{k+1}) \le f(y) + \nabla f(y)^T (\theta_{k+1} - y) +
        \lVert \theta_{k+1} - y \rVert^2 / 2 \eta`.

    decrease_factor : float, default=0.5
        In (0, 1); for ``backtracking``.

    See Also
    --------
    ProximalGradient : The same without acceleration.
    NesterovAG : The same without a penalty.

    Notes
    -----
    Memory: 1 buffer; 3 with ``backtracking``.

    For convex functions with exact gradients: the lasso, sparse logistic regression.

    References
    ----------
    .. [1] A. Beck, M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear
       inverse problems", SIAM Journal on Imaging Sciences, 2009.
    .. [2] B. O'Donoghue, E. Candes, "Adaptive restart for accelerated gradient schemes",
       Foundations of Computational Mathematics, 2015, https://arxiv.org/abs/1204.3982

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import FISTA
    >>> run = FISTA(lr=0.5, l1=1.0).init(np.array([3.0, 0.5]))
    >>> run.step(closure=lambda x: (float(x @ x) / 2, x))
    4.625
    >>> run.params
    array([1., 0.])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        l1: float = 0.0,
        l2: float = 0.0,
        restart: Literal["gradient", "function", "none"] = "gradient",
        backtracking: bool = False,
        decrease_factor: float = 0.5,
    ) -> None:
        self.lr = lr
        self.l1 = l1
        self.l2 = l2
        self.restart = restart
        self.backtracking = backtracking
        self.decrease_factor = decrease_factor
