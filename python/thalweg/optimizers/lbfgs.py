"""LBFGS: limited-memory BFGS."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["LBFGS"]


class LBFGS(Optimizer):
    r"""LBFGS: Newton's direction, from the last moves and what they did to the gradient.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`s_i` the last moves,
    :math:`y_i` the changes of the gradient along them and :math:`\rho_i = 1 / y_i^T s_i`, a move
    is

    .. math::

        \theta \leftarrow \theta - t H g, \qquad
        H = V_k^T \cdots V_1^T \, \frac{s_k^T y_k}{y_k^T y_k} \, V_1 \cdots V_k +
            \sum_i \rho_i V_k^T \cdots V_{i+1}^T s_i s_i^T V_{i+1} \cdots V_k, \qquad
        V_i = I - \rho_i y_i s_i^T

    which the two-loop recursion computes without a matrix. A pair is kept if
    :math:`y^T s > 10^{-10}`. The length :math:`t` is ``lr`` (at the first move ``lr`` times
    :math:`\min(1, 1 / \lVert g \rVert_1)`), or what the line search finds from there.

    One step is up to ``max_iter`` such moves, and returns the loss at its beginning. It evaluates
    the function more than once, hence it takes a closure: ``run.step(closure=f)``.

    Parameters
    ----------
    lr : float, default=1.0
        Length of a move, or where the line search begins, > 0.

    max_iter : int, default=20
        Most moves in a step, >= 1.

    max_eval : int or None, default=None
        Evaluations after which no move of a step begins, >= 1; None is 5/4 of ``max_iter``. A
        line search gets what is left, and one more.

    tolerance_grad : float, default=1e-7
        A step ends where no element of the gradient is larger.

    tolerance_change : float, default=1e-9
        A step ends where the loss or every parameter changes by less, or where the slope along
        the direction is less. Near the minimum the last of these stops a run for good: set it to 0
        for all digits.

    history_size : int, default=100
        Pairs remembered, in [1, 65535].

    line_search_fn : {'strong_wolfe'} or None, default=None
        How the length of a move is found; None is by no search.

    See Also
    --------
    NonlinearCG : Less memory, more steps.
    thalweg.minimize : Any function by any optimizer.

    Notes
    -----
    Memory: 2 buffers and 2 for each pair of the history; 3 more for the line search.

    Every move is PyTorch's 2.10, whose line search is the first to keep to ``max_eval``. Where a
    loss along the line is infinite or NaN, PyTorch's search returns NaN; this one turns back.
    optax scales the first move otherwise and keeps every pair.

    For smooth functions of which the exact loss and gradient are at hand. With noise, as from
    mini-batches, the pairs are worthless: take SGD or Adam. ``line_search_fn='strong_wolfe'`` is
    worth its evaluations nearly always.

    References
    ----------
    .. [1] J. Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of
       Computation, 1980.
    .. [2] D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale
       optimization", Mathematical Programming, 1989.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import LBFGS
    >>> def bowl(x):
    ...     return float((x - 1) @ (x - 1)), 2 * (x - 1)
    >>> run = LBFGS(line_search_fn="strong_wolfe").init(np.array([3.0, -4.0]))
    >>> run.step(closure=bowl)
    29.0
    >>> run.params.round(6)
    array([1., 1.])
    """

    def __init__(
        self,
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: Literal["strong_wolfe"] | None = None,
    ) -> None:
        self.lr = lr
        self.max_iter = max_iter
        self.max_eval = max_eval
        self.tolerance_grad = tolerance_grad
        self.tolerance_change = tolerance_change
        self.history_size = history_size
        self.line_search_fn = line_search_fn
