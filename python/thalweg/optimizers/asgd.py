"""ASGD: averaged stochastic gradient descent."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["ASGD"]


class ASGD(Optimizer):
    r"""ASGD: gradient descent at a fading rate, and the average of the parameters on the way.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``,
    :math:`\lambda` = ``weight_decay``, :math:`\lambda_d` = ``lambd``, :math:`\alpha` = ``alpha``,
    :math:`t_0` = ``t0`` and :math:`t` counting the steps from 1, one step is

    .. math::

        \eta_t &= \frac{\eta}{(1 + \lambda_d \eta (t - 1))^\alpha}, \qquad
            \mu_t = \frac{1}{\max(1, t - 1 - t_0)} \\
        g &\leftarrow g + \lambda \theta \\
        \theta &\leftarrow \theta (1 - \lambda_d \eta_t) - \eta_t g \\
        a &\leftarrow a + \mu_t (\theta - a) \qquad (a = \theta \text{ while } \mu_t = 1)

    The average :math:`a` is ``run.eval_params``, and the model of an estimator.

    Parameters
    ----------
    lr : float, default=1e-2
        Learning rate, > 0.

    lambd : float, default=1e-4
        Decay of the parameters by themselves and of the rate, >= 0; not ``weight_decay``.

    alpha : float, default=0.75
        Power with which the rate falls, >= 0.

    t0 : float, default=1e6
        Steps before the average begins, >= 0. Until step ``t0 + 2`` it is the parameters
        themselves.

    weight_decay : float, default=0.0
        L2 penalty added to the gradient, >= 0.

    maximize : bool, default=False
        Climb instead of descend; a decay still shrinks the parameters.

    See Also
    --------
    SGD : Without the average.

    Notes
    -----
    Memory: one buffer, ``ax``.

    Where libraries differ: PyTorch prepares :math:`\eta_t` one step ahead, so that a new ``lr``
    works a step later than here; at a constant ``lr`` the two agree. There the model goes on with
    :math:`\theta`, and the average is only in the state. With the default ``t0`` runs of less than
    a million steps are never averaged.

    When to use: convex problems with noisy gradients, where the average of the path is nearer to
    the optimum than its end. Set ``t0`` to the step at which the loss has settled.

    References
    ----------
    .. [1] D. Ruppert, "Efficient estimations from a slowly convergent Robbins-Monro process",
       Cornell University, 1988.
    .. [2] B. T. Polyak, A. B. Juditsky, "Acceleration of Stochastic Approximation by Averaging",
       SIAM Journal on Control and Optimization, 1992.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import ASGD
    >>> run = ASGD(lr=0.25, lambd=0.0, t0=0).init(np.array([1.0]))
    >>> for _ in range(3):
    ...     run.step(2 * run.params)
    >>> run.params, run.eval_params
    (array([0.125]), array([0.1875]))
    """

    def __init__(
        self,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.lambd = lambd
        self.alpha = alpha
        self.t0 = t0
        self.weight_decay = weight_decay
        self.maximize = maximize
