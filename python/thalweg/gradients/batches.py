"""What decides when there is a step: accumulation, and gradients that are not finite."""

from __future__ import annotations

from typing import Any

from thalweg.gradients._base import GradientTransform

__all__ = ["Accumulate", "SkipNonFinite"]


class Accumulate(GradientTransform):
    r"""The mean of several micro-batches' gradients, and one step for all of them.

    With :math:`n_j` the size of micro-batch :math:`j`, every ``steps`` gradients

    .. math:: g \leftarrow \frac{\sum_j n_j g_j}{\sum_j n_j}

    which is the gradient of one batch of them all. Transforms after this one, and the optimizer,
    see that mean alone; the schedule's time counts its steps. What has been gathered at the end
    of an epoch is kept for the next.

    Parameters
    ----------
    steps : int, default=2
        Micro-batches to a step, at least 1.

    Notes
    -----
    ``optax.MultiSteps`` and Keras' ``gradient_accumulation_steps``, which take the plain mean.
    On arrays :meth:`Run.step` is told ``batch_size``.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import Accumulate
    >>> from thalweg.optimizers import SGD
    >>> run = SGD(lr=1.0).init(np.zeros(1), gradient_transforms=[Accumulate(2)])
    >>> run.step(np.array([1.0]), batch_size=30)
    >>> run.step(np.array([4.0]), batch_size=10)
    >>> run.params, run.t
    (array([-1.75]), 1)
    """

    def __init__(self, steps: int = 2) -> None:
        self.steps = steps

    def __call__(self, grads: Any, params: Any = None, t: int = 1) -> Any:
        """Refuse: one call cannot remember the gradients before."""
        raise TypeError("Accumulate needs a run or an estimator, which remember gradients")


class SkipNonFinite(GradientTransform):
    r"""No step where an element of the gradient is infinite or NaN.

    Parameters
    ----------
    max_consecutive_errors : int, default=5
        Most gradients in a row that are passed over; one more is a ValueError.

    Notes
    -----
    ``optax.apply_if_finite``, which takes the step once the bound is exceeded.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.gradients import SkipNonFinite
    >>> from thalweg.optimizers import SGD
    >>> run = SGD(lr=1.0).init(np.zeros(1), gradient_transforms=[SkipNonFinite()])
    >>> run.step(np.array([np.nan]))
    >>> run.params, run.t
    (array([0.]), 0)
    """

    def __init__(self, max_consecutive_errors: int = 5) -> None:
        self.max_consecutive_errors = max_consecutive_errors
