"""Adan: adaptive Nesterov momentum."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Adan"]


class Adan(Optimizer):
    r"""Adan: Adam with Nesterov momentum, told from the difference of two gradients.

    With :math:`\theta` the parameters, :math:`g_t` the gradient of step t, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2, \beta_3)` = ``betas``, :math:`\epsilon` = ``eps`` and :math:`\lambda`
    = ``weight_decay``, one step is

    .. math::

        d &= g_t - g_{t-1} \quad (0 \text{ at the first step}) \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g_t, \qquad
            e \leftarrow \beta_2 e + (1 - \beta_2) d \\
        v &\leftarrow \beta_3 v + (1 - \beta_3) (g_t + \beta_2 d)^2 \\
        u &= \left(\frac{m}{1 - \beta_1^t} + \frac{\beta_2 e}{1 - \beta_2^t}\right)
            \Big/ \left(\sqrt{v / (1 - \beta_3^t)} + \epsilon\right) \\
        \theta &\leftarrow (\theta - \eta u) / (1 + \eta \lambda)

    ``no_prox`` shrinks first: :math:`\theta \leftarrow (1 - \eta \lambda) \theta - \eta u`.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 3 floats, default=(0.98, 0.92, 0.99)
        Decay of the running means of the gradient, of its differences, and of the square;
        each in [0, 1).

    eps : float, default=1e-8
        Added to the root, > 0.

    weight_decay : float, default=0.0
        Decay of the parameters.

    max_grad_norm : float, default=0.0
        Where > 0: gradients with a larger norm, over all tensors, are scaled down to it.
        Groups follow the optimizer's own.

    no_prox : bool, default=False
        Shrink the parameters before the step, as :class:`AdamW` does, not after it.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    Notes
    -----
    Memory: four numbers per parameter.

    Where libraries differ: optax (0.2.8) multiplies the differences by :math:`1 - \beta_2`
    where the paper and the authors have :math:`\beta_2`.

    When to use: vision models and large batches, with rates some times those of Adam.

    See Also
    --------
    NAdam : Nesterov momentum in Adam without a memory of the gradient.

    References
    ----------
    .. [1] X. Xie, P. Zhou, H. Li, Z. Lin, S. Yan, "Adan: Adaptive Nesterov Momentum Algorithm for
       Faster Optimizing Deep Models", 2022, https://arxiv.org/abs/2208.06677

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Adan
    >>> run = Adan(lr=0.05).init(np.array([1.0]))
    >>> for _ in range(300):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.05)
    True
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.98, 0.92, 0.99),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        max_grad_norm: float = 0.0,
        no_prox: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.max_grad_norm = max_grad_norm
        self.no_prox = no_prox
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
