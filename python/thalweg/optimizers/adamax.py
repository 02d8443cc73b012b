"""Adamax: Adam by the largest gradient."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Adamax"]


class Adamax(Optimizer):
    r"""Adamax: Adam with the largest gradient of late in the place of the root of the mean square.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        u &\leftarrow \max(\beta_2 u, |g| + \epsilon) \\
        \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t} \cdot \frac{m}{u}

    With ``eps_outside_max=True`` epsilon is added to :math:`u` where it divides, and is not
    remembered.

    Parameters
    ----------
    lr : float, default=2e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the mean gradient, and of its largest magnitude, each in [0, 1).

    eps : float, default=1e-8
        Added to the magnitude, > 0, so that a vanishing gradient does not divide by zero.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, by ``lr * weight_decay``, as :class:`AdamW` does, and leave
        the gradient alone: Keras's weight decay. PyTorch has no such parameter.

    eps_outside_max : bool, default=False
        Add epsilon to the largest magnitude only where it divides, as Keras does. PyTorch has no
        such parameter.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    Adam : By the mean square.

    Notes
    -----
    Memory: two buffers, ``exp_avg`` and ``exp_inf``.

    Where libraries differ: Keras adds epsilon after the maximum; optax does as PyTorch.

    When to use: gradients that are sparse or have outliers, such as those of embeddings: a large
    one bounds the steps at once and for long. It needs no correction of the second moment.

    References
    ----------
    .. [1] D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2014,
       https://arxiv.org/abs/1412.6980

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Adamax
    >>> run = Adamax(lr=0.1).init(np.array([1.0, 1.0]))
    >>> run.step(np.array([100.0, 0.01]))
    >>> run.params.round(6)
    array([0.9, 0.9])
    """

    def __init__(
        self,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        eps_outside_max: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.decoupled_weight_decay = decoupled_weight_decay
        self.eps_outside_max = eps_outside_max
        self.decay_with_lr = decay_with_lr
