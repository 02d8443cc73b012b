"""NesterovAG: Nesterov's accelerated gradient."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["NesterovAG"]


class NesterovAG(Optimizer):
    r"""Nesterov's accelerated gradient: look ahead, then step; start anew when it goes too far.

    With :math:`\theta_k` the parameters, :math:`\eta` = ``lr`` and :math:`t_0 = 1`, one step is

    .. math::

        t_k &= \frac{1 + \sqrt{1 + 4 t_{k-1}^2}}{2} \\
        y &= \theta_k + \frac{t_{k-1} - 1}{t_k} (\theta_k - \theta_{k-1}) \\
        \theta_{k+1} &= y - \eta \nabla f(y)

    or with ``momentum`` in the place of :math:`(t_{k-1} - 1) / t_k`. It takes a closure, which it
    evaluates at :math:`\theta` and at :math:`y`: ``run.step(closure=f)``.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0; with ``backtracking`` the longest. One over the largest curvature is
        the longest that is safe.

    momentum : float or None, default=None
        How far to look ahead, in [0, 1). None for the sequence above;
        :math:`(\sqrt\kappa - 1) / (\sqrt\kappa + 1)` is best for a strongly convex function of
        condition number :math:`\kappa`.

    restart : {'gradient', 'function', 'none'}, default='gradient'
        Let the momentum start anew, :math:`t = 1` and :math:`y = \theta`: where
        :math:`\nabla f(y)^T (\theta_{k+1} - \theta_k) > 0`, where the loss has risen, or never.

    backtracking : bool, default=False
        Multiply the rate by ``decrease_factor``, for good, until
        :math:`f(\theta_{k+1}) \le f(y) + \nabla f(y)^T (\theta_{k+1} - y) +
        \lVert \theta_{k+1} - y \rVert^2 / 2 \eta`.

    decrease_factor : float, default=0.5
        In (0, 1); for ``backtracking``.

    See Also
    --------
    FISTA : The same with a penalty that makes parameters zero.
    SGD : With ``nesterov=True``, a constant momentum and other variables.

    Notes
    -----
    Memory: 1 buffer; 3 with ``backtracking``.

    PyTorch's and Keras' ``nesterov=True`` is another method: the momentum is constant, and the
    parameters are those looked ahead to.

    For convex functions with exact gradients, the fastest among methods that only know the rate.

    References
    ----------
    .. [1] Y. Nesterov, "A method for solving the convex programming problem with convergence rate
       O(1/k^2)", 1983.
    .. [2] B. O'Donoghue, E. Candes, "Adaptive restart for accelerated gradient schemes",
       Foundations of Computational Mathematics, 2015, https://arxiv.org/abs/1204.3982

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import NesterovAG
    >>> run = NesterovAG(lr=0.25).init(np.array([1.0]))
    >>> for _ in range(2):  # no momentum yet
    ...     loss = run.step(closure=lambda x: (float(x @ x), 2 * x))
    >>> run.params
    array([0.25])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        momentum: float | None = None,
        restart: Literal["gradient", "function", "none"] = "gradient",
        backtracking: bool = False,
        decrease_factor: float = 0.5,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.restart = restart
        self.backtracking = backtracking
        self.decrease_factor = decrease_factor
