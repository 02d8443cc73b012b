"""DAdaptAdam: Adam that finds its rate."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["DAdaptAdam"]


class DAdaptAdam(Optimizer):
    r"""DAdaptAdam: Adam that finds its rate from how far the solution seems to be.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\beta_3 = \sqrt{\beta_2}`, :math:`\epsilon` =
    ``eps``, :math:`\lambda` = ``weight_decay``, and sums over all tensors together, one step is,
    from :math:`d` = ``d0``,

    .. math::

        k &= \eta\, d \qquad
            (\eta\, d \sqrt{1 - \beta_2^t} / (1 - \beta_1^t) \text{ with bias correction}) \\
        n &\leftarrow \beta_3 n + (1 - \beta_3) k \sum g s / (\sqrt{v} + \epsilon) \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) k g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        s &\leftarrow \beta_3 s + (1 - \beta_3) k g \\
        d &\leftarrow \max\left(d, \min\left(\frac{n}{(1 - \beta_3) \sum |s|},
            d \cdot \text{growth\_rate}\right)\right) \\
        \theta &\leftarrow \theta - m / (\sqrt{v} + \epsilon)

    Weight decay adds :math:`\lambda \theta` to :math:`g` first, or with ``decouple`` takes
    :math:`k \lambda \theta` from :math:`\theta` before the step.

    Parameters
    ----------
    lr : float, default=1.0
        Factor of the rate that is found, > 0; a schedule of it, such as a cosine, is welcome.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-8
        Added to the root, > 0.

    weight_decay : float, default=0.0
        Penalty on the parameters.

    decouple : bool, default=False
        Shrink the parameters directly, as :class:`AdamW` does, and not by way of the gradient.

    use_bias_correction : bool, default=False
        Correct the means for their start at zero.

    d0 : float, default=1e-6
        First estimate of the distance to the solution, > 0; too small does little harm.

    growth_rate : float, default=inf
        Largest factor by which the estimate grows in a step, >= 1; 1.02 makes a slow start.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decouple``.

    See Also
    --------
    Prodigy : The authors' later method, whose estimate grows faster.

    Notes
    -----
    Memory: 3 buffers and 4 numbers.

    Groups may have their own ``lr``, which scales their steps as the authors' ``layer_scale``
    does, though the estimate does not see it, and their own ``weight_decay`` where it is
    decoupled; everything else shapes the one estimate.

    optax's ``dadapt_adamw`` is ``decouple=True, use_bias_correction=True``. Versions of
    pytorch_optimizer before 4.1 find another d, by a slip in the order of operations.

    For when no rate is known and Adam is the right method.

    References
    ----------
    .. [1] A. Defazio, K. Mishchenko, "Learning-Rate-Free Learning by D-Adaptation", ICML 2023,
       https://arxiv.org/abs/2301.07733

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import DAdaptAdam
    >>> run = DAdaptAdam().init(np.array([3.0, -2.0]))
    >>> for _ in range(300):
    ...     run.step(run.params)
    >>> bool(abs(run.params).max() < 0.01)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decouple: bool = False,
        use_bias_correction: bool = False,
        d0: float = 1e-6,
        growth_rate: float = float("inf"),
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.decouple = decouple
        self.use_bias_correction = use_bias_correction
        self.d0 = d0
        self.growth_rate = growth_rate
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
