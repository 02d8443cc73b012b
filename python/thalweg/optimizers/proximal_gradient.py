"""ProximalGradient: gradient descent with soft thresholds."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["ProximalGradient"]


class ProximalGradient(Optimizer):
    r"""Proximal gradient descent: a step down the gradient, then towards zero, and no further.

    Minimizes :math:`f(\theta) + \lambda_1 \lVert \theta \rVert_1 + \lambda_2 \lVert \theta
    \rVert^2 / 2`, with :math:`g` the gradient of :math:`f` alone and :math:`\eta` = ``lr``. One
    step is

    .. math::

        \theta \leftarrow \frac{S(\theta - \eta g, \eta \lambda_1)}{1 + \eta \lambda_2},
            \qquad S(v, c) = \operatorname{sign}(v) \max(|v| - c, 0)

    so that parameters become exactly zero, which a penalty in the gradient never achieves.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0; with ``backtracking`` the longest.

    l1 : float, default=0.0
        Factor :math:`\lambda_1` of the sum of magnitudes, >= 0.

    l2 : float, default=0.0
        Factor :math:`\lambda_2` of half the sum of squares, >= 0.

    backtracking : bool, default=False
        Multiply the rate by ``decrease_factor``, for good, until :math:`f(\theta') \le f(\theta) +
        g^T (\theta' - \theta) + \lVert \theta' - \theta \rVert^2 / 2 \eta` holds of the new
        :math:`\theta'`. It takes a closure then: ``run.step(closure=f)``.

    decrease_factor : float, default=0.5
        In (0, 1); for ``backtracking``.

    See Also
    --------
    FISTA : The same with acceleration, for exact gradients.

    Notes
    -----
    Memory: none; 2 buffers with ``backtracking``.

    With gradients of mini-batches it is the truncated gradient of Langford, Li and Zhang 2009.

    References
    ----------
    .. [1] I. Daubechies, M. Defrise, C. De Mol, "An iterative thresholding algorithm for linear
       inverse problems with a sparsity constraint", 2004.
    .. [2] N. Parikh, S. Boyd, "Proximal Algorithms", Foundations and Trends in Optimization, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import ProximalGradient
    >>> run = ProximalGradient(lr=0.5, l1=1.0).init(np.array([3.0, 0.5]))
    >>> run.step(np.array([3.0, 0.5]))
    >>> run.params
    array([1., 0.])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        l1: float = 0.0,
        l2: float = 0.0,
        backtracking: bool = False,
        decrease_factor: float = 0.5,
    ) -> None:
        self.lr = lr
        self.l1 = l1
        self.l2 = l2
        self.backtracking = backtracking
        self.decrease_factor = decrease_factor
