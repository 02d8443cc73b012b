"""FTRL-Proximal: follow the regularised leader."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer

__all__ = ["FTRL"]


class FTRL(Optimizer):
    r"""FTRL: follows the regularised leader, with exact zeros.

    With :math:`\theta` the parameters, :math:`g` the gradient, :math:`\eta` = ``lr``, :math:`-p` =
    ``lr_power``, :math:`\beta` = ``beta``, :math:`\lambda_1` = ``l1``, :math:`\lambda_2` = ``l2``
    and :math:`\lambda_s` = ``l2_shrinkage``, one step is

    .. math::

        n' &= n + g^2 \\
        z &\leftarrow z + g + \lambda_s \theta - \frac{n'^p - n^p}{\eta} \theta, \qquad
            n \leftarrow n' \\
        \theta &= \begin{cases} 0 & |z| \le \lambda_1 \\
            -\dfrac{z - \operatorname{sign}(z) \lambda_1}{(\beta + n^p) / \eta + \lambda_2}
            & \text{otherwise} \end{cases}

    :math:`n` begins at ``initial_accumulator``. The parameters are made anew at each step: where
    they begin counts only by way of :math:`z`.

    Parameters
    ----------
    lr : float, default=0.1
        Learning rate, > 0; the alpha of the paper.

    lr_power : float, default=-0.5
        Power of the sum of squares by which the rate falls, <= 0; 0 for a constant rate.

    beta : float, default=1.0
        Added to the root of the sum, >= 0.

    l1 : float, default=0.0
        L1 penalty :math:`\lambda_1 |\theta|`, >= 0; makes zeros.

    l2 : float, default=0.0
        L2 penalty :math:`\lambda_2 |\theta|^2 / 2`, >= 0.

    l2_shrinkage : float, default=0.0
        L2 penalty by way of the gradient, which the squares do not see; >= 0.

    initial_accumulator : float, default=0.0
        Where the sum of squares begins, >= 0.

    maximize : bool, default=False
        Climb instead of descend.

    Notes
    -----
    Memory: two numbers per parameter.

    Where libraries differ: Keras's ``Ftrl`` begins the sum at 0.1, has ``beta=0``, and counts
    both L2 penalties twice: its ``l2_regularization_strength=0.2`` is ``l2=0.4`` here.

    When to use: linear models on very many sparse features, as in the prediction of clicks.

    References
    ----------
    .. [1] H. B. McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import FTRL
    >>> run = FTRL(lr=0.5, l1=0.5).init(np.zeros(2))
    >>> for _ in range(50):
    ...     run.step(run.params - np.array([1.0, 0.001]))
    >>> run.params.round(2)
    array([1., 0.])
    """

    def __init__(
        self,
        lr: float = 0.1,
        lr_power: float = -0.5,
        beta: float = 1.0,
        l1: float = 0.0,
        l2: float = 0.0,
        l2_shrinkage: float = 0.0,
        initial_accumulator: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        self.lr = lr
        self.lr_power = lr_power
        self.beta = beta
        self.l1 = l1
        self.l2 = l2
        self.l2_shrinkage = l2_shrinkage
        self.initial_accumulator = initial_accumulator
        self.maximize = maximize
