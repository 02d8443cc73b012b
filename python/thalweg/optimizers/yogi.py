"""Yogi: Adam whose mean square cannot forget at once."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Yogi"]


class Yogi(Optimizer):
    r"""Yogi: Adam whose mean square moves by steps of the size of the new square.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow v - (1 - \beta_2) \operatorname{sign}(v - g^2) g^2 \\
        \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t} \cdot
            \frac{m}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    :math:`m` and :math:`v` begin at ``initial_accumulator``, and are corrected as if they had begun
    at zero.

    Parameters
    ----------
    lr : float, default=1e-2
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the mean of the gradient, and what is left of a new square in a step of the
        mean square; each in [0, 1).

    eps : float, default=1e-3
        Added to the root.

    initial_accumulator : float, default=1e-6
        Where both means begin, >= 0.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, as :class:`AdamW` does, and not by way of the
        gradient.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    Notes
    -----
    Memory: two numbers per parameter.

    Where libraries differ: kozistr decouples weight decay by default and leaves out the
    correction of the mean; optax has no decay.

    When to use: where gradients are sparse or come in bursts, and the mean square of Adam
    would fall too fast between them.

    See Also
    --------
    Adam : With an ordinary mean square.

    References
    ----------
    .. [1] M. Zaheer, S. Reddi, D. Sachan, S. Kale, S. Kumar, "Adaptive Methods for Nonconvex
       Optimization", NeurIPS 2018.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Yogi
    >>> run = Yogi(lr=0.1).init(np.array([1.0]))
    >>> for _ in range(100):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.05)
    True
    """

    def __init__(
        self,
        lr: float = 1e-2,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-3,
        initial_accumulator: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        decoupled_weight_decay: bool = False,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.initial_accumulator = initial_accumulator
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
