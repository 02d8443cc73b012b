"""Lookahead: slow parameters behind any optimizer."""

from __future__ import annotations

from thalweg.optimizers._base import Optimizer
from thalweg.optimizers.sgd import SGD

__all__ = ["Lookahead"]


class Lookahead(Optimizer):
    r"""Lookahead: an optimizer runs ahead, and slow parameters follow part of the way.

    With :math:`\theta` the parameters and :math:`\phi` the slow ones, which begin where they do, a
    step is that of ``optimizer``, and every ``k`` steps

    .. math::

        \phi &\leftarrow \phi + \alpha (\theta - \phi) \\
        \theta &\leftarrow \phi

    Parameters
    ----------
    optimizer : Optimizer, default=SGD()
        Runs ahead; any other, with whatever it needs.

    k : int, default=5
        Steps of the optimizer for each of the slow parameters, >= 1.

    alpha : float, default=0.5
        Share of the way that the slow parameters follow, in (0, 1].

    reset_state : bool, default=False
        Whether the optimizer forgets its steps, momentum and all, when the slow parameters have
        followed.

    See Also
    --------
    EMA : An average that leaves the optimizer alone.

    Notes
    -----
    Memory: 1 buffer beside those of ``optimizer``; the slow parameters cost a pass over memory
    every ``k`` steps.

    The paper keeps the optimizer's state by default, as here and in optax, whose
    ``sync_period`` is ``k`` and whose ``slow_step_size`` is ``alpha``. A restarted optimizer
    begins where the slow parameters are.

    For steadier runs of a fast but erratic optimizer. Optimizers that keep to their first
    parameters, such as :class:`DoG`'s distance or :class:`DAdaptSGD`'s sums, are better averaged
    than looked ahead with.

    References
    ----------
    .. [1] M. R. Zhang, J. Lucas, G. Hinton, J. Ba, "Lookahead Optimizer: k steps forward, 1 step
       back", NeurIPS 2019, https://arxiv.org/abs/1907.08610

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SGD, Lookahead
    >>> run = Lookahead(SGD(lr=0.25), k=2).init(np.array([1.0]))
    >>> run.step(np.array([1.0]))
    >>> run.params
    array([0.75])
    >>> run.step(np.array([1.0]))  # to 0.5, and half of the way back
    >>> run.params
    array([0.75])
    """

    def __init__(
        self,
        optimizer: Optimizer = SGD(),  # noqa: B008
        k: int = 5,
        alpha: float = 0.5,
        reset_state: bool = False,
    ) -> None:
        self.optimizer = optimizer
        self.k = k
        self.alpha = alpha
        self.reset_state = reset_state
