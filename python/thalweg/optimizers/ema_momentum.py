"""EMAMomentum: gradient descent by the mean gradient."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["EMAMomentum"]


class EMAMomentum(Optimizer):
    r"""EMAMomentum: gradient descent by the running mean of the gradient.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\alpha` = ``lr``,
    :math:`\beta` = ``beta``, :math:`\lambda` = ``weight_decay`` and :math:`t` counting the steps
    from 1, one step from :math:`v = 0` is

    .. math::

        g &\leftarrow g + \lambda \theta \\
        v &\leftarrow \beta v + (1 - \beta) g \\
        \theta &\leftarrow \theta - \alpha v
            \qquad \left(\theta - \frac{\alpha}{1 - \beta^t} v \text{ with } \texttt{debias}\right)

    Parameters
    ----------
    lr : float, default=1e-3
        Learning rate, > 0.

    beta : float, default=0.9
        Decay of the running mean of the gradient, in [0, 1).

    debias : bool, default=False
        Divide the mean by the sum of its weights, so that the first steps are not short.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    decoupled_weight_decay : bool, default=False
        Shrink the parameters directly, by ``lr * weight_decay``, as :class:`AdamW` does, and leave
        the gradient alone.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    decay_with_lr : bool, default=True
        Multiply the decay by the rate, as libraries do. False leaves it the share that a schedule
        makes of the rate, 1 at first, as in the paper of AdamW: another ``lr`` does not change it,
        and it wants to be smaller by that factor. Only with
        ``decoupled_weight_decay``.

    See Also
    --------
    SGD : With the heavy ball.
    QHM : With a share of the gradient itself.

    Notes
    -----
    Memory: one buffer, ``momentum_buffer``.

    Where libraries differ: PyTorch's momentum is the heavy ball :math:`b \leftarrow \mu b + g`,
    whose steps are :math:`1 / (1 - \mu)` times as long: ``EMAMomentum(lr, beta)`` is ``SGD(lr * (1
    - beta), momentum=beta)`` at every step and under every schedule. It is not ``SGD(lr,
    momentum=beta, dampening=beta)``, whose first gradient enters whole. optax's ``ema`` is this
    with ``debias=True``.

    When to use: where the rate should mean the same at any momentum.

    References
    ----------
    .. [1] B. T. Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
       Computational Mathematics and Mathematical Physics, 1964.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import EMAMomentum
    >>> run = EMAMomentum(lr=1.0, beta=0.75).init(np.array([1.0]))
    >>> for _ in range(2):
    ...     run.step(np.array([1.0]))
    >>> run.params
    array([0.3125])
    """

    def __init__(
        self,
        lr: float = 1e-3,
        beta: float = 0.9,
        debias: bool = False,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
        decay_with_lr: bool = True,
    ) -> None:
        self.lr = lr
        self.beta = beta
        self.debias = debias
        self.weight_decay = weight_decay
        self.decoupled_weight_decay = decoupled_weight_decay
        self.maximize = maximize
        self.decay_with_lr = decay_with_lr
