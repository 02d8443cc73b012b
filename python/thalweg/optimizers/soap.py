"""SOAP: Adam in Shampoo's eigenbasis."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["SOAP"]


class SOAP(Optimizer):
    r"""SOAP: Adam in the slowly turning eigenbasis of the gradient's second moments.

    With :math:`G` the gradient of a tensor, :math:`G_k` the same as a matrix with axis :math:`k`
    down its rows, :math:`\eta` = ``lr``, :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\beta` =
    ``shampoo_beta``, :math:`\epsilon` = ``eps`` and :math:`\lambda` = ``weight_decay``: the first
    step moves nothing, and takes the eigenvectors of :math:`L_k = (1 - \beta) G_k G_k^T` as bases
    :math:`Q_k`. With :math:`t` counting from the second step, one step is

    .. math::

        G' &= G \text{ with each axis } k \text{ multiplied by } Q_k^T \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) G' \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) G'^2 \\
        U &= \frac{m}{\sqrt{v} + \epsilon}
            \text{ with each axis } k \text{ multiplied by } Q_k \\
        \theta &\leftarrow (1 - \eta \lambda) \left(
            \theta - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} U\right) \\
        L_k &\leftarrow \beta L_k + (1 - \beta) G_k G_k^T

    Each ``precondition_frequency`` steps :math:`Q_k` becomes the orthogonal factor of a QR
    decomposition of :math:`L_k Q_k`, with columns in the order of falling :math:`q^T L_k q`;
    :math:`m` is turned along, and :math:`v` exchanges its places as the columns do.

    Parameters
    ----------
    lr : float, default=3e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.95, 0.95)
        Decay of the two running means, each in [0, 1).

    shampoo_beta : float, default=-1.0
        Decay of the second moments, < 1; if negative ``betas[1]``.

    eps : float, default=1e-8
        Added to the root, > 0.

    weight_decay : float, default=0.01
        Share of the weights, times the rate, that is taken away after the step.

    precondition_frequency : int, default=10
        Steps from one basis to the next.

    max_precond_dim : int, default=10000
        Axes longer than this are left as they are.

    merge_dims : bool, default=False
        Treat neighbouring axes as one, as long as it is no longer than ``max_precond_dim``.

    precondition_1d : bool, default=False
        Find a basis for vectors too; otherwise Adam moves them.

    normalize_grads : bool, default=False
        Divide the step of each tensor by its root mean square.

    correct_bias : bool, default=True
        Undo that the running means start at zero.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    See Also
    --------
    Shampoo : Roots of the second moments themselves.
    Adam : The same in the basis of the weights.

    Notes
    -----
    Memory: 2 numbers per parameter and, for a matrix of m rows and n columns, 2 (m^2 + n^2);
    during a step 2 more per parameter and m^2 + n^2. Rule and defaults are the authors'; theirs
    finds bases in single precision, here it is double precision, by Jacobi rotations and
    Householder reflections. Where second moments have eigenvalues that coincide, as at the first
    step of a matrix with many more rows than columns, the basis is one of many. For networks whose
    layers have some hundred units each.

    References
    ----------
    .. [1] N. Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam", 2024,
       https://arxiv.org/abs/2409.11321

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SOAP
    >>> run = SOAP(lr=0.1, weight_decay=0.0).init(np.ones((2, 2)))
    >>> gradient = np.diag([3.0, -0.1])
    >>> run.step(gradient)
    >>> run.step(gradient)
    >>> run.params.round(4)
    array([[0.9, 1. ],
           [1. , 1.1]])
    """

    def __init__(
        self,
        lr: float = 3e-3,
        betas: tuple[float, float] = (0.95, 0.95),
        shampoo_beta: float = -1.0,
        eps: float = 1e-8,
        weight_decay: float = 0.01,
        precondition_frequency: int = 10,
        max_precond_dim: int = 10000,
        merge_dims: bool = False,
        precondition_1d: bool = False,
        normalize_grads: bool = False,
        correct_bias: bool = True,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.shampoo_beta = shampoo_beta
        self.eps = eps
        self.weight_decay = weight_decay
        self.precondition_frequency = precondition_frequency
        self.max_precond_dim = max_precond_dim
        self.merge_dims = merge_dims
        self.precondition_1d = precondition_1d
        self.normalize_grads = normalize_grads
        self.correct_bias = correct_bias
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
