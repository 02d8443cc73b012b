"""AdamW: Adam with decoupled weight decay."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["AdamW"]


class AdamW(Optimizer):
    r"""Adam whose weight decay bypasses the moments.

    With :math:`\theta` the weights, :math:`g` the gradient of a mini-batch, :math:`\eta` = ``lr``,
    :math:`(\beta_1, \beta_2)` = ``betas``, :math:`\epsilon` = ``eps``, :math:`\lambda` =
    ``weight_decay`` and :math:`t` counting the steps from 1, one step is

    .. math::

        \theta &\leftarrow \theta (1 - \eta \lambda) \\
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \frac{\eta}{1 - \beta_1^t} \cdot
            \frac{m}{\sqrt{v} / \sqrt{1 - \beta_2^t} + \epsilon}

    In :class:`Adam` the penalty is divided by the root of :math:`v` like the rest of the gradient,
    so that weights with large gradients hardly decay; here all decay alike.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    betas : tuple of 2 floats, default=(0.9, 0.999)
        Decay of the two running means, each in [0, 1).

    eps : float, default=1e-8
        Added to the root so that a vanishing gradient does not divide by zero.

    weight_decay : float, default=1e-2
        Share of each weight and intercept, times the rate, that every step takes away. The
        estimator's ``alpha``, an L2 penalty in the loss, stays in force beside it; set it to 0
        for weight decay alone.

    amsgrad : bool, default=False
        Never let the denominator shrink (one more buffer).

    maximize : bool, default=False
        Climb instead of descend; the decay still shrinks the weights.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor.

    See Also
    --------
    Adam : The same with the penalty, if any, in the gradient.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019,
       https://arxiv.org/abs/1711.05101

    Examples
    --------
    >>> from thalweg import MLPRegressor
    >>> from thalweg.optimizers import AdamW
    >>> model = MLPRegressor(solver=AdamW(weight_decay=0.1), alpha=0.0, random_state=0)
    >>> model.fit([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]).n_layers_
    3
    """

    def __init__(
        self,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.betas = betas
        self.eps = eps
        self.weight_decay = weight_decay
        self.amsgrad = amsgrad
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
