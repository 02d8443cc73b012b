"""BarzilaiBorwein: gradient descent at two-point step sizes."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["BarzilaiBorwein"]


class BarzilaiBorwein(Optimizer):
    r"""Barzilai and Borwein: gradient descent whose rate follows the curvature just met.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`s` the last change of
    :math:`\theta` and :math:`y` that of :math:`g`, one step is

    .. math::

        \theta \leftarrow \theta - t g, \qquad
        t_{BB1} = \frac{s^T s}{s^T y}, \quad t_{BB2} = \frac{s^T y}{y^T y}

    within :math:`[10^{-10}, 10^{10}]`. Where :math:`s^T y \le 0` the last rate stays. The loss may
    rise, but not for long: :math:`t` is multiplied by ``decrease_factor`` until

    .. math::

        f(\theta - t g) \le \max(f \text{ of the last } \texttt{memory} \text{ steps})
            - c_1 t \lVert g \rVert^2

    It takes a closure: ``run.step(closure=f)``.

    Parameters
    ----------
    lr : float, default=1e-3
        The rate of the first step, > 0.

    method : {'BB1', 'BB2', 'alternate'}, default='BB1'
        Which rate: the long one, the short one, or one after the other.

    memory : int, default=10
        Losses of which the highest counts, in [1, 65535]; 1 for descent at every step.

    c1 : float, default=1e-4
        How much of the slope's promise must be kept, in (0, 1).

    decrease_factor : float, default=0.5
        What a rate that gains too little is multiplied by, in (0, 1).

    max_ls : int, default=25
        Most evaluations of a search, >= 1. The parameters stay where it finds nothing.

    See Also
    --------
    GradientDescent : A search at every step.

    Notes
    -----
    Memory: 2 buffers.

    For smooth functions, with exact gradients, at little cost a step: nearly always the first
    rate is taken.

    References
    ----------
    .. [1] J. Barzilai, J. M. Borwein, "Two-point step size gradient methods", IMA Journal of
       Numerical Analysis, 1988.
    .. [2] M. Raydan, "The Barzilai and Borwein gradient method for the large scale unconstrained
       minimization problem", SIAM Journal on Optimization, 1997.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import BarzilaiBorwein
    >>> run = BarzilaiBorwein(lr=0.1).init(np.array([1.0]))
    >>> for _ in range(2):  # the second step knows the curvature, 2
    ...     loss = run.step(closure=lambda x: (float(x @ x), 2 * x))
    >>> bool(abs(run.params[0]) < 1e-12)
    True
    """

    def __init__(
        self,
        lr: float = 1e-3,
        method: Literal["BB1", "BB2", "alternate"] = "BB1",
        memory: int = 10,
        c1: float = 1e-4,
        decrease_factor: float = 0.5,
        max_ls: int = 25,
    ) -> None:
        self.lr = lr
        self.method = method
        self.memory = memory
        self.c1 = c1
        self.decrease_factor = decrease_factor
        self.max_ls = max_ls
