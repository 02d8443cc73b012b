"""Shampoo: inverse roots of second moments along each axis."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Shampoo"]


class Shampoo(Optimizer):
    r"""Shampoo: divides a gradient by roots of its second moments along every axis.

    With :math:`G` the gradient of a tensor with :math:`K` axes, :math:`G_k` the same as a matrix
    with axis :math:`k` down its rows, :math:`\eta` = ``lr``, :math:`\mu` = ``momentum`` and
    :math:`\epsilon` = ``matrix_eps``, one step is

    .. math::

        L_k &\leftarrow L_k + G_k G_k^T \qquad (k = 1, \dots, K) \\
        U &= G \text{ with each axis } k \text{ multiplied by } (L_k + \epsilon I)^{-1/2K} \\
        b &\leftarrow \mu b + U \\
        \theta &\leftarrow \theta - \eta b

    For a matrix :math:`U = L^{-1/4} G R^{-1/4}`, for a vector :math:`L^{-1/2} g`.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    momentum : float, default=0.0
        Share of the velocity that survives a step, in [0, 1).

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    preconditioning_compute_steps : int, default=1
        Steps from one computation of the roots to the next; they are the first step's until then.

    matrix_eps : float, default=1e-6
        Added to the diagonal of the second moments, > 0.

    max_preconditioner_dim : int, default=256
        Of axes longer than this only the diagonal of :math:`L_k` is kept, as in the paper's
        experiments.

    decoupled_weight_decay : bool, default=False
        Shrink the weights by the rate times ``weight_decay``, and leave the gradient alone.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    SOAP : Adam in the basis where these moments are diagonal.

    Notes
    -----
    Memory: for a matrix of m rows and n columns m^2 + n^2 numbers, twice that during a step (or
    always, where roots are kept for several steps), and 2 per parameter during a step; 1 per
    parameter with momentum. Roots are taken in double precision of an eigendecomposition by Jacobi
    rotations, which takes some 20 n^3 operations. The rule is the paper's; older versions of other
    libraries have exponents -1/K, or statistics of gradients that are already divided. For
    small models and problems of bad condition.

    References
    ----------
    .. [1] V. Gupta, T. Koren, Y. Singer, "Shampoo: Preconditioned Stochastic Tensor
       Optimization", 2018, https://arxiv.org/abs/1802.09568

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Shampoo
    >>> run = Shampoo(lr=0.5).init(np.ones((2, 2)))
    >>> run.step(np.diag([3.0, -0.1]))
    >>> run.params.round(4)
    array([[0.5, 1. ],
           [1. , 1.5]])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        preconditioning_compute_steps: int = 1,
        matrix_eps: float = 1e-6,
        max_preconditioner_dim: int = 256,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.preconditioning_compute_steps = preconditioning_compute_steps
        self.matrix_eps = matrix_eps
        self.max_preconditioner_dim = max_preconditioner_dim
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
