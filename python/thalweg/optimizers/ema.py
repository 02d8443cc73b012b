"""EMA: any optimizer, and a mean of its parameters that fades."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer
from thalweg.optimizers.sgd import SGD

__all__ = ["EMA"]


class EMA(Optimizer):
    r"""EMA: an optimizer, and a running mean of the parameters with which to evaluate.

    With :math:`\theta` the parameters and :math:`\delta` = ``decay``, a step is that of
    ``optimizer``, and then

    .. math::

        \bar\theta \leftarrow \delta \bar\theta + (1 - \delta) \theta
            \qquad (\bar\theta \leftarrow \theta \text{ at the first step})

    The mean is a run's ``eval_params``, and the model of an estimator. It never enters the steps.

    Parameters
    ----------
    optimizer : Optimizer, default=SGD()
        Moves the parameters; any other, with whatever it needs.

    decay : float, default=0.999
        Share of the mean that survives a step, in [0, 1).

    See Also
    --------
    SWA : A mean that does not fade.
    Lookahead : A mean to which the optimizer returns.

    Notes
    -----
    Memory: 1 buffer beside those of ``optimizer``; a step reads it and the parameters once more.

    As in PyTorch's ``AveragedModel`` the first update copies, and there is no further bias
    correction. Keras's ``use_ema`` has the decay 0.99 and can overwrite the parameters.

    For the last digits of accuracy at the end of noisy training, in the place of a falling rate.

    References
    ----------
    .. [1] B. T. Polyak, A. B. Juditsky, "Acceleration of Stochastic Approximation by Averaging",
       SIAM Journal on Control and Optimization 30, 1992.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import EMA, SGD
    >>> run = EMA(SGD(lr=1.0), decay=0.5).init(np.array([4.0]))
    >>> for _ in range(2):
    ...     run.step(np.array([1.0]))
    >>> run.params, run.eval_params  # 3, then 2
    (array([2.]), array([2.5]))
    """

    def __init__(self, optimizer: Optimizer = SGD(), decay: float = 0.999) -> None:  # noqa: B008
        self.optimizer = optimizer
        self.decay = decay
