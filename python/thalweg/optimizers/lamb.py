"""LAMB: Adam with a learning rate for each tensor."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["LAMB"]


class LAMB(Optimizer):
    r"""LAMB: Adam's direction, scaled so that every tensor moves by the same share of its norm.

    With :math:`\theta` a tensor, :math:`g` its gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        u &= \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon} + \lambda \theta \\
        \theta &\leftarrow \theta - \eta \frac{\lVert \theta \rVert}{\lVert u \rVert} u

    The ratio is 1 where one of the norms is 0.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0: the share of its norm by which a tensor moves.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-6
        Added to the root, > 0.

    weight_decay : float, default=0.0
        Share of the weights that is added to the direction, before its norm is taken.

    maximize : bool, default=False
        Climb instead of descend.

    decoupled_weight_decay : bool, default=False
        Shrink the weights by :math:`\eta \lambda` before the step, and leave decay out of the
        direction, as Keras does.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    LARS : The same for momentum.

    Notes
    -----
    Memory: 2 numbers per parameter. Defaults and rule are optax's; Keras decays outside of the
    direction, and other implementations leave the corrections out or clip the norms. For large
    batches, where one rate does not suit all layers.

    References
    ----------
    .. [1] Y. You et al., "Large Batch Optimization for Deep Learning: Training BERT in 76
       minutes", 2019, https://arxiv.org/abs/1904.00962

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import LAMB
    >>> run = LAMB(lr=0.1).init(np.array([3.0, 4.0]))
    >>> run.step(np.array([1.0, 1.0]))
    >>> run.params.round(4)
    array([2.6464, 3.6464])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.decoupled_weight_decay = decoupled_weight_decay
        self.decay_with_lr = decay_with_lr
