"""GradientDescent: steepest descent with a line search."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["GradientDescent"]


class GradientDescent(Optimizer):
    r"""Gradient descent that finds its rate anew at every step, by a line search.

    With :math:`\theta` the parameters, :math:`f` the loss and :math:`g` its gradient, one step is

    .. math::

        \theta \leftarrow \theta - t g

    with the first :math:`t` of the search that meets its conditions:

    .. math::

        \text{Armijo:} \quad & f(\theta - t g) \le f(\theta) - c_1 t \lVert g \rVert^2 \\
        \text{Wolfe:} \quad & \text{and } g(\theta - t g)^T g \le c_2 \lVert g \rVert^2 \\
        \text{strong Wolfe:} \quad & \text{and } |g(\theta - t g)^T g| \le c_2 \lVert g \rVert^2

    Armijo's search tries ``lr``, ``lr * decrease_factor``, ...; Wolfe's bisects and doubles;
    that for the strong conditions is :class:`LBFGS`'s. It takes a closure:
    ``run.step(closure=f)``.

    Parameters
    ----------
    lr : float, default=1.0
        The rate at which each search begins, > 0.

    line_search : {'armijo', 'wolfe', 'strong_wolfe'}, default='armijo'
        Which conditions.

    c1 : float, default=1e-4
        How much of the slope's promise must be kept, in (0, 1).

    c2 : float, default=0.9
        How much of the slope may be left, in (c1, 1); Armijo's search asks nothing of the slope.

    decrease_factor : float, default=0.5
        What a rate that gains too little is multiplied by, in (0, 1); for Armijo's search.

    increase_factor : float or None, default=None
        A search begins at this multiple of the last rate, >= 1, but at most at ``lr``. None: at
        ``lr``.

    max_ls : int, default=25
        Most evaluations of a search, >= 1. The parameters stay where Armijo's finds nothing.

    See Also
    --------
    SGD : Gradient descent at a given rate.
    BarzilaiBorwein : A rate from the curvature, mostly without a search.

    Notes
    -----
    Memory: 2 buffers.

    optax's backtracking begins at 1.5 times the last rate (``increase_factor=1.5``), multiplies
    by 0.8 and, out of evaluations, takes the last rate whatever it gains.

    For exact losses, where no rate is known. It converges as slowly as gradient descent must:
    :class:`LBFGS` and :class:`NonlinearCG` are faster for the same evaluations.

    References
    ----------
    .. [1] L. Armijo, "Minimization of functions having Lipschitz continuous first partial
       derivatives", Pacific Journal of Mathematics, 1966.
    .. [2] P. Wolfe, "Convergence conditions for ascent methods", SIAM Review, 1969.
    .. [3] J. V. Burke, A. S. Lewis, M. L. Overton, "A robust gradient sampling algorithm for
       nonsmooth, nonconvex optimization", SIAM Journal on Optimization, 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import GradientDescent
    >>> run = GradientDescent(lr=4.0).init(np.array([1.0]))
    >>> run.step(closure=lambda x: (float(x @ x), 2 * x))  # rates 4, 2 and 1 do not gain
    1.0
    >>> run.params
    array([0.])
    """

    def __init__(
        self,
        lr: float = 1.0,
        line_search: Literal["armijo", "wolfe", "strong_wolfe"] = "armijo",
        c1: float = 1e-4,
        c2: float = 0.9,
        decrease_factor: float = 0.5,
        increase_factor: float | None = None,
        max_ls: int = 25,
    ) -> None:
        self.lr = lr
        self.line_search = line_search
        self.c1 = c1
        self.c2 = c2
        self.decrease_factor = decrease_factor
        self.increase_factor = increase_factor
        self.max_ls = max_ls
