"""SWA: any optimizer, and the mean of its parameters."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer
from thalweg.optimizers.sgd import SGD

__all__ = ["SWA"]


class SWA(Optimizer):
    r"""SWA: an optimizer, and the mean of late parameters with which to evaluate.

    With :math:`\theta` the parameters, a step is that of ``optimizer``, and after the steps ``start
    + frequency``, ``start + 2 frequency`` and so on

    .. math::

        n \leftarrow n + 1, \qquad
        \bar\theta \leftarrow \bar\theta + (\theta - \bar\theta) / n

    The mean, as soon as there is one, is a run's ``eval_params``, and the
    model of an estimator. It never enters the steps.

    Parameters
    ----------
    optimizer : Optimizer, default=SGD()
        Moves the parameters; any other, with whatever it needs. A constant or cyclic rate is
        usual, the lowest of each cycle where the mean is taken.

    start : int, default=0
        Steps before the averaging begins, >= 0.

    frequency : int, default=1
        Every so many steps the parameters enter the mean, >= 1.

    See Also
    --------
    EMA : A mean that fades.

    Notes
    -----
    Memory: 1 buffer beside those of ``optimizer``, and 1 number a group.

    As in PyTorch's ``AveragedModel`` the first update copies. PyTorch leaves it to the caller when
    to update; the steps are those of the paper, whose cycle is ``frequency``.

    For wide minima at the end of training, at the price of one pass over memory.

    References
    ----------
    .. [1] P. Izmailov, D. Podoprikhin, T. Garipov, D. Vetrov, A. G. Wilson, "Averaging Weights
       Leads to Wider Optima and Better Generalization", UAI 2018,
       https://arxiv.org/abs/1803.05407

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SGD, SWA
    >>> run = SWA(SGD(lr=1.0), start=1).init(np.array([4.0]))
    >>> for _ in range(3):
    ...     run.step(np.array([1.0]))
    >>> run.params, run.eval_params  # 3, then 2 and 1
    (array([1.]), array([1.5]))
    """

    def __init__(
        self,
        optimizer: Optimizer = SGD(),  # noqa: B008
        start: int = 0,
        frequency: int = 1,
    ) -> None:
        self.optimizer = optimizer
        self.start = start
        self.frequency = frequency
