"""The schedules that scikit-learn knows by name."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from thalweg.schedules._base import Per, Schedule

__all__ = ["Adaptive", "Constant", "InvScaling", "Optimal"]


class _Named(Schedule):
    """A schedule whose name in scikit-learn is that of the class in lower case."""

    @classmethod
    def _name(cls) -> str:
        return cls.__name__.lower()


class Constant(_Named):
    r"""The optimizer's rate throughout: scikit-learn's ``learning_rate='constant'``.

    .. math:: \eta_t = \eta_0

    See Also
    --------
    ConstantLR : PyTorch's schedule of that name, which reduces the rate at first.

    Examples
    --------
    >>> from thalweg.schedules import Constant
    >>> Constant()(1000, lr=0.5)
    0.5
    """


class InvScaling(_Named):
    r"""A power of the time: scikit-learn's ``learning_rate='invscaling'``.

    .. math:: \eta_t = \frac{\eta_0}{(t + 1)^p}

    Parameters
    ----------
    power_t : float, default=0.5
        :math:`p`, >= 0.

    per : {'step', 'epoch', 'sample'}, default='sample'
        What ``t`` counts in a fit. The default is that of scikit-learn's networks: the rate is
        renewed after each epoch, by the samples seen. Its linear models renew it with every
        sample, which is ``'step'`` with batches of one.

    Examples
    --------
    >>> from thalweg.schedules import InvScaling
    >>> InvScaling()([0, 3, 99], lr=0.5)
    array([0.5 , 0.25, 0.05])
    """

    def __init__(self, power_t: float = 0.5, *, per: Per = "sample") -> None:
        self.power_t = power_t
        self.per = per


class Adaptive(_Named):
    r"""A fifth of the rate for want of improvement: scikit-learn's ``learning_rate='adaptive'``.

    Each time that the estimator would stop, because its loss has not improved by ``tol`` for
    ``n_iter_no_change`` epochs, it goes on with

    .. math:: \eta \leftarrow \eta / 5

    instead, and stops once the rate is 1e-6 or less. It is the estimator that decides, so this
    object is no function of the time and cannot be called.

    See Also
    --------
    ReduceLROnPlateau : Decides by itself.

    Examples
    --------
    >>> from thalweg.schedules import Adaptive
    >>> Adaptive()
    Adaptive()
    """

    def _rates(self, times: NDArray[np.int64], lr: float) -> NoReturn:
        raise TypeError(
            "Adaptive follows the loss of an estimator and not the time: it has no rate at `t`"
        )

    def momentum(self, t: Any) -> None:
        """Return None: the momentum is left alone.

        Parameters
        ----------
        t : int or array-like of ints
            Any time.
        """


class Optimal(_Named):
    r"""Bottou's schedule, the default of scikit-learn's ``SGDClassifier``.

    .. math:: \eta_t = \frac{1}{\alpha (t_0 + t)}, \qquad t_0 = \alpha^{-3/4}

    The first rate, :math:`\alpha^{-1/4}`, is the typical size of a weight under that penalty.

    Parameters
    ----------
    alpha : float, default=1e-4
        Weight of the penalty, > 0. The optimizer's own rate does not matter.

    per : {'step', 'epoch', 'sample'}, default='step'
        What ``t`` counts in a fit.

    Notes
    -----
    scikit-learn's formula has :math:`t_0 + t - 1`, for its samples are counted from 1.

    References
    ----------
    .. [1] L. Bottou, "Stochastic Gradient Descent Tricks", 2012.

    Examples
    --------
    >>> from thalweg.schedules import Optimal
    >>> Optimal(alpha=1e-4)(0)
    10.0
    """

    def __init__(self, alpha: float = 1e-4, *, per: Per = "step") -> None:
        self.alpha = alpha
        self.per = per
