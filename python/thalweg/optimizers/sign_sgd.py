"""SignSGD: gradient descent by signs."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["SignSGD"]


class SignSGD(Optimizer):
    r"""SignSGD: every element steps by the rate, against the sign of its gradient.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr`` and
    :math:`\lambda` = ``weight_decay``, one step is

    .. math::

        \theta &\leftarrow \theta (1 - \eta \lambda) \\
        \theta &\leftarrow \theta - \eta \, \mathrm{sign}(g)

    With ``decoupled_weight_decay=False`` the first line is
    :math:`g \leftarrow g + \lambda \theta`.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    weight_decay : float, default=0.0
        Share of each parameter, times the rate, that every step takes away, >= 0.

    decoupled_weight_decay : bool, default=True
        Shrink the parameters directly, as :class:`AdamW` does. A penalty in the gradient would
        count only as far as it turns the sign.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    Signum : The sign of the mean gradient.
    Rprop : With a step for each element.

    Notes
    -----
    Memory: none.

    Where libraries differ: in whether there is weight decay; a gradient of zero moves nothing in
    all of them.

    When to use: distributed training, where a sign is all that is sent, and gradients whose size
    says little. The rate must fall, for the steps do not shrink near the optimum.

    References
    ----------
    .. [1] J. Bernstein, Y.-X. Wang, K. Azizzadenesheli, A. Anandkumar, "signSGD: Compressed
       Optimisation for Non-Convex Problems", ICML 2018, https://arxiv.org/abs/1802.04434

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SignSGD
    >>> run = SignSGD(lr=0.25).init(np.array([1.0, 1.0, 1.0]))
    >>> run.step(np.array([100.0, -0.01, 0.0]))
    >>> run.params
    array([0.75, 1.25, 1.  ])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = True,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
