"""Penalties on the parameters, as slopes added to the gradient."""

from __future__ import annotations

from thalweg.gradients._base import GradientTransform

__all__ = ["L1", "L2", "ElasticNet"]


class L1(GradientTransform):
    r"""The slope of the penalty :math:`\lambda \|\theta\|_1`.

    .. math:: g \leftarrow g + \lambda \operatorname{sign}(\theta)

    In an estimator it leaves intercepts out if ``weight_decay_biases=False``.

    Parameters
    ----------
    l1 : float, default=0.01
        :math:`\lambda`, >= 0.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import L1
    >>> L1(0.5)(np.zeros(3), np.array([2.0, 0.0, -1.0]))
    array([ 0.5,  0. , -0.5])
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = l1


class L2(GradientTransform):
    r"""The slope of the penalty :math:`\frac{\lambda}{2} \|\theta\|^2`: coupled weight decay.

    .. math:: g \leftarrow g + \lambda \theta

    In an estimator it leaves intercepts out if ``weight_decay_biases=False``.

    Parameters
    ----------
    l2 : float, default=0.01
        :math:`\lambda`, >= 0.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import L2
    >>> L2(0.5)(np.zeros(3), np.array([2.0, 0.0, -1.0]))
    array([ 1. ,  0. , -0.5])
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = l2


class ElasticNet(GradientTransform):
    r"""The slopes of both penalties, mixed as scikit-learn does.

    .. math:: g \leftarrow g + \alpha \left(\rho \operatorname{sign}(\theta)
        + (1 - \rho) \theta\right)

    In an estimator it leaves intercepts out if ``weight_decay_biases=False``.

    Parameters
    ----------
    alpha : float, default=0.01
        :math:`\alpha`, >= 0.

    l1_ratio : float, default=0.5
        :math:`\rho`, in [0, 1].

    References
    ----------
    .. [1] H. Zou, T. Hastie, "Regularization and variable selection via the elastic net", Journal
       of the Royal Statistical Society B, 2005.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import ElasticNet
    >>> ElasticNet(1.0, l1_ratio=0.5)(np.zeros(3), np.array([2.0, 0.0, -1.0]))
    array([ 1.5,  0. , -1. ])
    """

    def __init__(self, alpha: float = 0.01, l1_ratio: float = 0.5) -> None:
        self.alpha = alpha
        self.l1_ratio = l1_ratio
