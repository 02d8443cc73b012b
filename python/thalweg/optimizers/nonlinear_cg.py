"""NonlinearCG: nonlinear conjugate gradients."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["NonlinearCG"]


class NonlinearCG(Optimizer):
    r"""Conjugate gradients: directions that do not undo what the last ones gained.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`g'` the one before,
    :math:`y = g - g'` and :math:`d` the last direction, one step is

    .. math::

        d \leftarrow -g + \beta d, \qquad \theta \leftarrow \theta + t d

    with :math:`t` by a line search for the strong Wolfe conditions, and

    .. math::

        \beta_{FR} = \frac{g^T g}{g'^T g'}, \quad
        \beta_{PR+} = \max\Bigl(0, \frac{g^T y}{g'^T g'}\Bigr), \quad
        \beta_{HS} = \frac{g^T y}{d^T y}, \quad
        \beta_{DY} = \frac{g^T g}{d^T y}, \quad
        \beta_{HZ} = \frac{1}{d^T y} \Bigl(y - 2 d \frac{y^T y}{d^T y}\Bigr)^T g

    The direction is :math:`-g` again every ``restart_every`` steps, where
    :math:`|g^T g'| \ge` ``restart_threshold`` :math:`\cdot g^T g`, where it would not descend, and
    after a search in vain. It takes a closure: ``run.step(closure=f)``.

    Parameters
    ----------
    lr : float, default=1.0
        Where the first line search begins, > 0; times :math:`\min(1, 1 / \lVert g \rVert_1)`.
        Later ones begin where the last step's gain would be had again.

    method : {'FR', 'PR+', 'HS', 'DY', 'HZ'}, default='PR+'
        Fletcher and Reeves, Polak and Ribiere, Hestenes and Stiefel, Dai and Yuan, or Hager and
        Zhang.

    c1 : float, default=1e-4
        How much of the slope's promise must be kept, in (0, 1).

    c2 : float, default=0.1
        How much of the slope may be left, in (c1, 1). Theory asks for less than 1/2.

    max_ls : int, default=25
        Most evaluations of a search after its first, >= 1.

    restart_every : int or None, default=None
        Steps from one restart to the next, >= 1; None is the number of parameters.

    restart_threshold : float or None, default=0.1
        Powell's test, >= 0; None is never.

    See Also
    --------
    LBFGS : Fewer steps for more memory.

    Notes
    -----
    Memory: 3 buffers.

    ``scipy.optimize.minimize(method="CG")`` is PR+ with c2 = 0.4, and never restarts by itself.
    Hager and Zhang's own program bounds their :math:`\beta` from below and searches otherwise.

    For smooth functions of very many parameters whose exact loss and gradient are at hand.

    References
    ----------
    .. [1] R. Fletcher, C. M. Reeves, "Function minimization by conjugate gradients", 1964.
    .. [2] W. W. Hager, H. Zhang, "A survey of nonlinear conjugate gradient methods", Pacific
       Journal of Optimization, 2006.
    .. [3] M. J. D. Powell, "Restart procedures for the conjugate gradient method", Mathematical
       Programming, 1977.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import NonlinearCG
    >>> c = np.array([1.0, 10.0])
    >>> run = NonlinearCG(method="HS", c2=1e-2).init(np.array([2.0, 1.0]))
    >>> losses = [run.step(closure=lambda x: (float(c @ x**2) / 2, c * x)) for _ in range(8)]
    >>> bool(abs(run.params).max() < 1e-3)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        method: Literal["FR", "PR+", "HS", "DY", "HZ"] = "PR+",
        c1: float = 1e-4,
        c2: float = 0.1,
        max_ls: int = 25,
        restart_every: int | None = None,
        restart_threshold: float | None = 0.1,
    ) -> None:
        self.lr = lr
        self.method = method
        self.c1 = c1
        self.c2 = c2
        self.max_ls = max_ls
        self.restart_every = restart_every
        self.restart_threshold = restart_threshold
