"""Prodigy: Adam that finds its rate, fast."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Prodigy"]


class Prodigy(Optimizer):
    r"""Prodigy: Adam that finds its rate, faster than by D-Adaptation.

    With :math:`\theta` the parameters, :math:`\theta_0` the first ones, :math:`g` the gradient,
    :math:`\eta` = ``lr``, :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\beta_3` = ``beta3``,
    :math:`\epsilon` = ``eps``, :math:`\lambda` = ``weight_decay``, :math:`c` = ``d_coef``, and
    sums over all tensors together, one step is, from :math:`d = d_0` = ``d0``,

    .. math::

        k &= \eta\, d \qquad
            (\eta\, d \sqrt{1 - \beta_2^t} / (1 - \beta_1^t) \text{ with bias correction}) \\
        n &\leftarrow \beta_3 n + (d / d_0) k \sum g (\theta_0 - \theta) \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) d g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) d^2 g^2 \\
        s &\leftarrow \beta_3 s + (d / d_0) k g \\
        d &\leftarrow \max(d, c n / \textstyle\sum |s|) \\
        \theta &\leftarrow \theta - k \lambda \theta - k m / (\sqrt{v} + d \epsilon)

    without :math:`k \lambda \theta` but with :math:`g \leftarrow g + \lambda \theta` at first where
    the decay is coupled. A finite ``growth_rate`` bounds :math:`d` by that factor a step.

    Parameters
    ----------
    lr : float, default=1.0
        Factor of the rate that is found, > 0; a schedule of it, such as a cosine, is welcome.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    beta3 : float or None, default=None
        Decay of the sums behind the estimate, in [0, 1); the root of ``betas[1]`` by default.

    eps : float, default=1e-8
        Added to the root, times the estimate; > 0.

    weight_decay : float, default=0.0
        Penalty on the parameters.

    decouple : bool, default=True
        Shrink the parameters directly, as :class:`AdamW` does, and not by way of the gradient.

    use_bias_correction : bool, default=False
        Correct the means for their start at zero.

    safeguard_warmup : bool, default=False
        Put :math:`d` for :math:`k` in :math:`s`, for schedules that begin with low rates.

    d0 : float, default=1e-6
        First estimate of the distance to the solution, > 0.

    d_coef : float, default=1.0
        Factor of the estimate, > 0; the authors' first choice of what to tune, 0.5 to 2.

    growth_rate : float, default=inf
        Largest factor by which the estimate grows in a step, >= 1.

    slice_p : int, default=1
        The estimate sees every ``slice_p``-th element of each tensor only, which saves memory.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decouple``.

    See Also
    --------
    DAdaptAdam : Its predecessor.
    AdamW : With a rate of your own.

    Notes
    -----
    Memory: 4 buffers, or 2 and twice the share that ``slice_p`` leaves, and 5 numbers.

    Groups may have their own ``lr``, which scales their steps though not the estimate, ``eps``,
    and, where it is decoupled, ``weight_decay``; everything else shapes the one estimate.

    optax's ``prodigy`` is ``use_bias_correction=True``, and always decoupled.

    For when no rate is known and AdamW is the right method.

    References
    ----------
    .. [1] K. Mishchenko, A. Defazio, "Prodigy: An Expeditiously Adaptive Parameter-Free Learner",
       ICML 2024, https://arxiv.org/abs/2306.06101

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Prodigy
    >>> run = Prodigy().init(np.array([3.0, -2.0]))
    >>> for _ in range(300):
    ...     run.step(run.params)
    >>> bool(abs(run.params).max() < 0.01)
    True
    """

    def __init__(
        self,
        lr: float = 1.0,
        betas: tuple[float, float] = (0.9, 0.999),
        beta3: float | None = None,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decouple: bool = True,
        use_bias_correction: bool = False,
        safeguard_warmup: bool = False,
        d0: float = 1e-6,
        d_coef: float = 1.0,
        growth_rate: float = float("inf"),
        slice_p: int = 1,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.beta3 = beta3
        self.eps = eps
        self.weight_decay = weight_decay
        self.decouple = decouple
        self.use_bias_correction = use_bias_correction
        self.safeguard_warmup = safeguard_warmup
        self.d0 = d0
        self.d_coef = d_coef
        self.growth_rate = growth_rate
        self.slice_p = slice_p
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
