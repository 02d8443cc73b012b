"""AdEMAMix: Adam with a fast and a slow mean of the gradient."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["AdEMAMix"]


class AdEMAMix(Optimizer):
    r"""AdEMAMix: Adam with a second, much slower mean of the gradient beside the first.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2, \beta_3)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        m &\leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
            n \leftarrow \beta_3(t) n + (1 - \beta_3(t)) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \left(\frac{m / (1 - \beta_1^t) + \alpha(t) n}
            {\sqrt{v / (1 - \beta_2^t)} + \epsilon} + \lambda \theta\right)

    :math:`\alpha(t)` grows linearly from 0 to ``alpha`` over ``alpha_warmup`` steps; the half-life
    of :math:`\beta_3(t)` grows linearly from that of :math:`\beta_1` to that of :math:`\beta_3`
    over ``beta3_warmup`` steps.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 3 floats, default=(0.9, 0.999, 0.9999)
        Decay of the fast mean, of the mean of the square, and of the slow mean; each in [0,
        1).

    alpha : float, default=5.0
        Factor of the slow mean, >= 0.

    beta3_warmup : float or None, default=None
        Steps over which the slow mean slows down; the paper takes all of the training.

    alpha_warmup : float or None, default=None
        Steps over which the slow mean comes in; the paper takes all of the training.

    eps : float, default=1e-8
        Added to the root, > 0.

    weight_decay : float, default=0.0
        Decay of the parameters, decoupled.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    Notes
    -----
    Memory: three numbers per parameter.

    Where libraries differ: the authors' code has ``alpha=2.0`` by default, optax 5.0. The
    warm-ups are the authors', whose half-life is :math:`\ln 0.5 / \ln(\beta + 10^{-8})`.

    When to use: long trainings, in which gradients of some ten thousand steps ago still help.

    See Also
    --------
    AdamW : With the fast mean alone.

    References
    ----------
    .. [1] M. Pagliardini, P. Ablin, D. Grangier, "The AdEMAMix Optimizer: Better, Faster, Older",
       2024, https://arxiv.org/abs/2409.03137

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import AdEMAMix
    >>> run = AdEMAMix(lr=0.1, betas=(0.9, 0.999, 0.99), alpha=1.0).init(np.array([1.0]))
    >>> for _ in range(300):
    ...     run.step(2 * run.params)
    >>> bool(abs(run.params[0]) < 0.05)
    True
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float, float] = (0.9, 0.999, 0.9999),
        alpha: float = 5.0,
        beta3_warmup: float | None = None,
        alpha_warmup: float | None = None,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.alpha = alpha
        self.beta3_warmup = beta3_warmup
        self.alpha_warmup = alpha_warmup
        self.eps = eps
        self.weight_decay = weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
