"""ADOPT: Adam that converges with any second decay."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["ADOPT"]


class ADOPT(Optimizer):
    r"""ADOPT: Adam that divides by the mean square of the gradients before, and averages then.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`c` = ``clip_exponent``, the first step only sets :math:`v = g^2`;
    step :math:`t > 1` is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        u &= \operatorname{clip}(g / \max(\sqrt{v}, \epsilon), \pm (t - 1)^c) \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) u \\
        \theta &\leftarrow \theta - \eta m \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2

    ``nesterov`` moves by :math:`\beta_1 m + (1 - \beta_1) u` in the place of :math:`m`.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.9999)
        Decay of the running means of the scaled gradient and of the square, each in [0, 1).

    eps : float, default=1e-6
        Least root to divide by, > 0.

    clip_exponent : float or None, default=0.25
        Power of the step that bounds a scaled gradient; ``None`` for no bound.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient.

    decouple : bool, default=False
        Shrink the parameters directly, as :class:`AdamW` does, and not by way of the
        gradient; from the second step on.

    nesterov : bool, default=False
        Look ahead along the mean.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decouple``.

    Notes
    -----
    Memory: two numbers per parameter.

    Where libraries differ: ``nesterov`` is from optax, weight decay from the authors; both
    take a function in the place of ``clip_exponent``.

    When to use: as Adam, where its second decay is hard to tune.

    See Also
    --------
    Adam : Divides by a mean square that the gradient itself is part of.

    References
    ----------
    .. [1] S. Taniguchi et al., "ADOPT: Modified Adam Can Converge with Any :math:`\beta_2` with the
       Optimal Rate", NeurIPS 2024, https://arxiv.org/abs/2411.02853

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import ADOPT
    >>> run = ADOPT(lr=0.05).init(np.array([1.0]))
    >>> for _ in range(300):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.05)
    True
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.9999),
        eps: float = 1e-6,
        clip_exponent: float | None = 0.25,
        weight_decay: float = 0.0,
        decouple: bool = False,
        *,
        nesterov: bool = False,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.clip_exponent = clip_exponent
        self.weight_decay = weight_decay
        self.decouple = decouple
        self.nesterov = nesterov
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
