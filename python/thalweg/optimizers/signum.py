"""Signum: the sign of the mean gradient."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["Signum"]


class Signum(Optimizer):
    r"""Signum: every element steps by the rate, against the sign of its mean gradient.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\beta` = ``beta`` and :math:`\lambda` = ``weight_decay``, one step is

    .. math::

        \theta &\leftarrow \theta (1 - \eta \lambda) \\
        m &\leftarrow \beta m + (1 - \beta) g \\
        \theta &\leftarrow \theta - \eta \, \mathrm{sign}(m)

    With ``decoupled_weight_decay=False`` the first line is
    :math:`g \leftarrow g + \lambda \theta`.

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    beta : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).

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
    SignSGD : Without the mean.
    Lion : With a mean that leans to the newest gradient.

    Notes
    -----
    Memory: one buffer, ``momentum_buffer``.

    Where libraries differ: in the name of ``beta``; a heavy ball in the place of the mean has the
    same signs.

    When to use: as :class:`SignSGD`, with mini-batches: the mean steadies the signs.

    References
    ----------
    .. [1] J. Bernstein, Y.-X. Wang, K. Azizzadenesheli, A. Anandkumar, "signSGD: Compressed
       Optimisation for Non-Convex Problems", ICML 2018, https://arxiv.org/abs/1802.04434

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import Signum
    >>> run = Signum(lr=0.25).init(np.array([1.0]))
    >>> for grad in (1.0, -0.5):
    ...     run.step(np.array([grad]))
    >>> run.params
    array([0.5])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        beta: float = 0.9,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = True,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.beta = beta
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
