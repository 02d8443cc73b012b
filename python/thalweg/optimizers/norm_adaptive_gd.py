"""Gradient descent whose rate falls with the gradients' norms."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["NormAdaptiveGD"]


class NormAdaptiveGD(Optimizer):
    r"""NormAdaptiveGD: descent whose rate falls with the squared norms of all gradients.

    With :math:`\theta` the parameters, :math:`g_t` the gradient of step t, :math:`\alpha` = ``lr``
    and :math:`\beta` = ``beta``, one step is

    .. math::

        S_t &= \sum_{i \le t} \|g_i\|^2 \\
        \theta &\leftarrow \theta - \frac{\alpha}{(1 + \beta S_t)^{\text{power}}} g_t

    The norm is over all tensors. With ``power=0.5`` this is :class:`AdaGradNorm` with :math:`b_0 =
    1 / \sqrt{\beta}` and a rate of :math:`\alpha b_0`.

    Parameters
    ----------
    lr : float, default=1e-2
        Learning rate before any gradient, > 0.

    beta : float, default=1e-3
        How fast the rate falls, >= 0; its unit is that of one over a squared gradient.

    power : float, default=1.0
        Power of the sum, >= 0. With 1 the rate falls like 1/t under noise, with 0.5 like its
        root.

    maximize : bool, default=False
        Climb instead of descend.

    Notes
    -----
    Memory: one number for the run.

    When to use: where a constant rate is too bold at first and a schedule unwanted. A large
    ``beta`` stalls with ``power=1``.

    See Also
    --------
    AdaGradNorm : The root, without a unit to choose.

    References
    ----------
    .. [1] X. Li, F. Orabona, "On the Convergence of Stochastic Gradient Descent with Adaptive
       Stepsizes", AISTATS 2019, https://arxiv.org/abs/1805.08114

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import NormAdaptiveGD
    >>> run = NormAdaptiveGD(lr=0.5, beta=1.0).init(np.array([1.0]))
    >>> run.step(np.array([2.0]))
    >>> run.params
    array([0.8])
    """

    def __init__(
        self,
        lr: float = 1e-2,
        beta: float = 1e-3,
        power: float = 1.0,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.beta = beta
        self.power = power
        self.maximize = maximize
