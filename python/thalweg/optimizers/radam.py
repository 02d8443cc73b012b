"""RAdam: Adam, once its moments can be trusted."""

from __future__ import annotations

from typing import Literal

from thalweg.optimizers._base import Optimizer

__all__ = ["RAdam"]


class RAdam(Optimizer):
    r"""RAdam: Adam, with steps by the mean square once enough gradients are in it.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \rho_\infty &= \frac{2}{1 - \beta_2} - 1, \qquad
            \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t} \\
        r_t &= \sqrt{\frac{(\rho_t - 4)(\rho_t - 2) \rho_\infty}
            {(\rho_\infty - 4)(\rho_\infty - 2) \rho_t}} \\
        \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t} \cdot
            \begin{cases}
                r_t \sqrt{1 - \beta_2^t} \, \dfrac{m}{\sqrt{v} + \epsilon} & \rho_t > 5 \\
                m & \text{otherwise}
            \end{cases}

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-8
        Added to the root, > 0, so that a vanishing gradient does not divide by zero.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, as :class:`AdamW` does, and not by way of the gradient.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    unrectified : {'sgd', 'skip'}, default='sgd'
        What to do while :math:`\rho_t \le 5`, which is the first five steps with the default
        ``betas``: gradient descent with momentum, as PyTorch does, or no step at all (the moments
        are still renewed). PyTorch has no such parameter.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    Adam : Without the rectification.

    Notes
    -----
    Memory: two buffers, ``exp_avg`` and ``exp_avg_sq``.

    Where libraries differ: optax adds epsilon to the corrected root and rectifies from
    :math:`\rho_t \ge 5` on; the authors' code can skip the unrectified steps too.

    When to use: in the place of Adam with a warm-up. The first steps by ``"sgd"`` are not
    normalised: where gradients are large at the start, take ``"skip"``. With :math:`\beta_2 \le
    2/3` it never rectifies.

    References
    ----------
    .. [1] L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020,
       https://arxiv.org/abs/1908.03265

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import RAdam
    >>> run = RAdam(lr=0.5, unrectified="skip").init(np.array([1.0]))
    >>> for _ in range(6):
    ...     before = run.params.copy()
    ...     run.step(np.array([1000.0]))
    >>> run.t, before
    (6, array([1.]))
    >>> run.params.round(4)
    array([0.9871])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        unrectified: Literal["sgd", "skip"] = "sgd",
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.unrectified = unrectified
        self.decay_with_lr = decay_with_lr
