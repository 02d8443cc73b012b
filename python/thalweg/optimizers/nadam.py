"""NAdam: Adam with Nesterov momentum."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["NAdam"]


class NAdam(Optimizer):
    r"""Adam that looks ahead along its mean gradient, further as the steps go on.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay``, :math:`\psi` = ``momentum_decay`` and :math:`t` counting the steps from 1,
    one step is

    .. math::

        \mu_t &= \beta_1 (1 - \tfrac{1}{2} 0.96^{t \psi}), \qquad
            \Pi_t = \Pi_{t-1} \mu_t, \quad \Pi_0 = 1 \\
        g &\leftarrow g + \lambda \theta \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \left(\frac{(1 - \mu_t) g}{1 - \Pi_t}
            + \frac{\mu_{t+1} m}{1 - \Pi_t \mu_{t+1}}\right)
            \Big/ \left(\sqrt{v / (1 - \beta_2^t)} + \epsilon\right)

    ``momentum_decay=1`` is Keras's; optax's ``nadam`` has no schedule of the momentum.

    Parameters
    ----------
    lr : float, default=2e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-8
        Added to the root so that a vanishing gradient does not divide by zero.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    momentum_decay : float, default=4e-3
        How fast the momentum grows from half of ``betas[0]`` to all of it.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, as :class:`AdamW` does, and not by way of the gradient.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    Adam : Without looking ahead.

    References
    ----------
    .. [1] T. Dozat, "Incorporating Nesterov Momentum into Adam", ICLR 2016 Workshop.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import NAdam
    >>> run = NAdam(lr=0.1).init(np.array([1.0]))
    >>> for _ in range(100):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.05)
    True
    """

    def __init__(
        self,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.momentum_decay = momentum_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
