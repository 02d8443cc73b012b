"""SM3: AdaGrad in the memory of rows and columns."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["SM3"]


class SM3(Optimizer):
    r"""SM3: AdaGrad whose accumulators are one number for each row and one for each column.

    With :math:`\theta` a tensor, :math:`g` its gradient, :math:`\eta` = ``lr``, :math:`\mu` =
    ``momentum``, :math:`\epsilon` = ``eps`` and :math:`a_k` the accumulators of axis :math:`k`,
    all 0 at first, one step is

    .. math::

        v_i &= g_i^2 + \min_k a_k[i_k] \\
        a_k[j] &\leftarrow \max_{i : i_k = j} v_i \\
        m &\leftarrow \mu m + (1 - \mu) \frac{g}{\sqrt{v + \epsilon}} \\
        \theta &\leftarrow \theta - \eta m

    for an element :math:`i = (i_1, i_2, \dots)`.

    Parameters
    ----------
    lr : float, default=0.1
        Learning rate, > 0.

    momentum : float, default=0.9
        Decay of the running mean of the steps, in [0, 1); 0 keeps none.

    beta2 : float, default=1.0
        Decay of the accumulators, in (0, 1]; below 1 the first line becomes :math:`v = \beta_2
        \min_k a_k + (1 - \beta_2) g^2`.

    eps : float, default=1e-8
        Added under the root, > 0.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    Adafactor : Running means of rows and columns.

    Notes
    -----
    Memory: 1 number per parameter for the momentum, none with ``momentum=0``; besides one for each
    row and column (twice, while a step is taken). Defaults are optax's; other implementations
    have ``momentum=0`` and ``eps=1e-30``. For embeddings and other large matrices, where the
    memory of AdaGrad or Adam is missed.

    References
    ----------
    .. [1] R. Anil, V. Gupta, T. Koren, Y. Singer, "Memory-Efficient Adaptive Optimization", 2019,
       https://arxiv.org/abs/1901.11150

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SM3
    >>> run = SM3(lr=0.5, momentum=0.0).init(np.ones((2, 2)))
    >>> run.step(np.array([[1.0, 2.0], [0.0, -3.0]]))
    >>> run.params.round(4)
    array([[0.5, 0.5],
           [1. , 1.5]])
    """

    def __init__(
        self,
        lr: float = 0.1,
        momentum: float = 0.9,
        *,
        beta2: float = 1.0,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.momentum = momentum
        self.beta2 = beta2
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
