"""Lion: the sign of a mean gradient."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Lion"]


class Lion(Optimizer):
    r"""Lion: every element steps by the rate, by the sign of a mean of gradients.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas`` and :math:`\lambda` = ``weight_decay``, one step is

    .. math::

        \theta &\leftarrow \theta (1 - \eta \lambda) \\
        \theta &\leftarrow \theta - \eta \, \mathrm{sign}(\beta_1 m + (1 - \beta_1) g) \\
        m &\leftarrow \beta_2 m + (1 - \beta_2) g

    Parameters
    ----------
    lr : float, default=1e-4
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.99)
        Share of the past in the step and in the running mean, each in [0, 1).

    weight_decay : float, default=0.0
        Share of each parameter, times the rate, that every step takes away, >= 0.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    See Also
    --------
    Signum : With one beta in both places.
    AdamW : With steps by magnitude.

    Notes
    -----
    Memory: one buffer, ``exp_avg``.

    Where libraries differ: optax decays by 1e-3 unless told otherwise, the authors and Keras by
    nothing.

    When to use: large batches, with a rate 3 to 10 times smaller than :class:`AdamW`'s and a weight
    decay as much larger; half the memory of Adam.

    References
    ----------
    .. [1] X. Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023,
       https://arxiv.org/abs/2302.06675

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Lion
    >>> run = Lion(lr=0.25).init(np.array([1.0, 1.0]))
    >>> run.step(np.array([100.0, -0.01]))
    >>> run.params
    array([0.75, 1.25])
    """

    def __init__(
        self,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
