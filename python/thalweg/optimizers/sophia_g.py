"""Sophia-G: clipped steps by an estimate of the curvature."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["SophiaG"]


class SophiaG(Optimizer):
    r"""SophiaG: the mean gradient over an estimate of the curvature, clipped.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\hat g` now and then a second
    one, :math:`\eta` = ``lr``, :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\rho` = ``rho``,
    :math:`B` = ``bs`` and :math:`\lambda` = ``weight_decay``, one step is

    .. math::

        h &\leftarrow \beta_2 h + (1 - \beta_2) \hat g^2 \quad (\text{where } \hat g
            \text{ is given}) \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        \theta &\leftarrow \theta - \eta \lambda \theta - \eta
            \operatorname{clip}\left(\frac{m}{\rho B h + 10^{-15}}, \pm 1\right)

    :math:`\hat g` is the gradient of the same batch with targets that are drawn from the model's
    own predictions; :math:`B \hat g^2` then estimates the diagonal of the Gauss-Newton matrix.
    The steps 1, k + 1, 2 k + 1, … have one. Estimators see to it themselves: classes and labels
    are drawn with their predicted probabilities, numbers from a normal distribution about their
    prediction with variance 1 (for the Poisson loss, that of the prediction). On arrays it is
    handed to ``run.step(grads, curvature=...)``; ``run.wants_curvature`` says when.

    Parameters
    ----------
    lr : float, default=1e-4
        Learning rate, > 0: no parameter moves further in a step.

    betas : tuple of 2 floats, default=(0.965, 0.99)
        Decay of the running means of the gradient and of the curvature, each in [0, 1).

    rho : float, default=0.04
        The smaller, the more steps are clipped, > 0.

    weight_decay : float, default=0.1
        Decay of the parameters, decoupled.

    bs : int, default=5120
        Examples (for language models: tokens) over which a gradient is the mean, > 0; with an
        estimator, its ``batch_size``.

    k : int, default=10
        Steps from one second gradient to the next, > 0. For all groups.

    seed : int, default=0
        Which targets an estimator draws. For all groups.

    maximize : bool, default=False
        Climb instead of descend.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    Notes
    -----
    Memory: two numbers per parameter.

    Where libraries differ: the authors pass ``bs`` to each step, and update :math:`h` by a
    call of its own after a step; that is the same as handing :math:`\hat g` to the next. They
    begin k - 1 steps later than the paper, and thalweg, where the first step has an estimate.
    Until it has come once, steps are by signs. Later code of theirs folds :math:`\rho B` into
    one parameter.

    When to use: language models, where curvatures of the parameters differ much.

    References
    ----------
    .. [1] H. Liu, Z. Li, D. Hall, P. Liang, T. Ma, "Sophia: A Scalable Stochastic Second-order
       Optimizer for Language Model Pre-training", ICLR 2024, https://arxiv.org/abs/2305.14342

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SophiaG
    >>> run = SophiaG(lr=0.1, bs=1).init(np.array([1.0]))
    >>> run.step(2 * run.params, curvature=np.array([1.4]))
    >>> run.params
    array([0.89])
    >>> run.step(2 * run.params)
    """

    def __init__(
        self,
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.965, 0.99),
        rho: float = 0.04,
        weight_decay: float = 0.1,
        bs: int = 5120,
        k: int = 10,
        seed: int = 0,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.rho = rho
        self.weight_decay = weight_decay
        self.bs = bs
        self.k = k
        self.seed = seed
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
