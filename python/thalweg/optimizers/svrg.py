"""SVRG: stochastic variance reduced gradient."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer
from thalweg.optimizers.sgd import SGD

__all__ = ["SVRG"]


class SVRG(Optimizer):
    r"""Any optimizer, by gradients of samples from which most of the noise has been taken.

    Every ``period`` steps :math:`\tilde\theta \leftarrow \theta` is remembered with the gradient
    :math:`\mu` there over all the data. With :math:`g_i` the gradient over the step's sample, one
    step is the step of ``base`` by

    .. math::

        g_i(\theta) - g_i(\tilde\theta) + \mu

    whose mean is that of :math:`g_i(\theta)`, and whose variance vanishes as :math:`\theta` and
    :math:`\tilde\theta` approach the minimum. So a constant rate converges.

    A step takes the sample's gradient at two points, hence a closure, and now and then that of all
    the data: ``run.step(closure=of_sample, full_closure=of_all)``. ``of_sample`` must look at the
    same sample throughout a step; without ``full_closure`` it passes for both.

    Parameters
    ----------
    base : Optimizer, default=SGD()
        Moves the parameters; one that takes a gradient and no closure.

    period : int, default=100
        Steps between two gradients over all the data, >= 1; one to five epochs' are usual.

    See Also
    --------
    SGD : The default base.

    Notes
    -----
    Memory: 4 buffers beside those of ``base``.

    For convex models and modest data. Deep networks with augmented data move too far between two
    full gradients to profit.

    References
    ----------
    .. [1] R. Johnson, T. Zhang, "Accelerating Stochastic Gradient Descent using Predictive
       Variance Reduction", NeurIPS 2013.
    .. [2] A. Defazio, L. Bottou, "On the Ineffectiveness of Variance Reduced Optimization for
       Deep Learning", NeurIPS 2019, https://arxiv.org/abs/1812.04529

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SGD, SVRG
    >>> data = np.array([1.0, 5.0])  # the mean minimizes the squared distance
    >>> run = SVRG(SGD(lr=0.5), period=10).init(np.array([0.0]))
    >>> for i in [0, 1, 1]:  # plain SGD would end at 3.875
    ...     loss = run.step(
    ...         closure=lambda x, i=i: (0.5 * float((x - data[i]) @ (x - data[i])), x - data[i]),
    ...         full_closure=lambda x: (0.5 * float(((x - data) ** 2).mean()), x - data.mean()),
    ...     )
    >>> run.params
    array([2.625])
    """

    def __init__(self, base: Optimizer = SGD(), period: int = 100) -> None:  # noqa: B008
        self.base = base
        self.period = period
