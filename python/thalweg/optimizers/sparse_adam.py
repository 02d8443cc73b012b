"""SparseAdam: Adam on rows."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["SparseAdam"]


class SparseAdam(Optimizer):
    r"""SparseAdam: Adam on the rows in which the gradient is not zero; the others stay as they are.

    With :math:`\theta` the rows of the parameters that the gradient names, :math:`g` its rows,
    :math:`\eta` = ``lr``, :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps`` and
    :math:`t` counting all steps from 1, one step is

    .. math::

        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \cdot
            \frac{m}{\sqrt{v} + \epsilon}

    The gradient of each tensor is a tuple ``(rows, values)``: numbers of rows along its first axis,
    in any order, and an array with these rows. Those that come several times are summed.
    Estimators, whose gradients are dense, refuse this optimizer: take :class:`Adam` there.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-8
        Added to the root, > 0, so that a vanishing gradient does not divide by zero.

    maximize : bool, default=False
        Climb instead of descend.

    See Also
    --------
    Adam : For dense gradients.

    Notes
    -----
    Memory: two buffers, ``exp_avg`` and ``exp_avg_sq``, and space for the gradient. A step takes
    the time of the rows that it is given.

    Where libraries differ: PyTorch takes sparse tensors, of which these are the indices and values.
    Epsilon stands outside the corrected root, unlike in :class:`Adam`. The moments of rows that a
    step leaves out do not decay, and the correction is by the number of all steps.

    When to use: embeddings, of which each mini-batch touches a few rows.

    References
    ----------
    .. [1] D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2014,
       https://arxiv.org/abs/1412.6980

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SparseAdam
    >>> run = SparseAdam(lr=0.25).init(np.zeros((4, 2)))
    >>> run.step((np.array([2, 0]), np.array([[1.0, -1.0], [5.0, 5.0]])))
    >>> run.params.round(6)
    array([[-0.25, -0.25],
           [ 0.  ,  0.  ],
           [-0.25,  0.25],
           [ 0.  ,  0.  ]])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.maximize = maximize
