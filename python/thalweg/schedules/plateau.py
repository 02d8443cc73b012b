"""A rate that falls when a metric has stopped improving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import numpy as np
from numpy.typing import NDArray

from thalweg._parameters import number, plain
from thalweg.schedules._base import Schedule

__all__ = ["ReduceLROnPlateau"]

_FRESH = {"best": None, "num_bad_epochs": 0, "cooldown_counter": 0, "count": 0, "mean": 0.0}


class ReduceLROnPlateau(Schedule):
    r"""The rate times ``factor`` whenever a metric has not improved for a while.

    A metric :math:`m` is an improvement on the best so far, :math:`b`, if

    .. math::

        m < b - \tau |b| \quad (\text{'rel'}) \qquad \text{or} \qquad m < b - \tau
        \quad (\text{'abs'})

    with :math:`\tau` = ``threshold`` (``mode='max'``: :math:`m > b + \tau |b|`,
    :math:`m > b + \tau`). Others are bad, and so is NaN. What follows is one of three rules:

    ========= ========================= ==================================================
    ``rule``  reduces when, in a row,   after a reduction
    ========= ========================= ==================================================
    'torch'   ``patience + 1`` are bad  the next ``cooldown`` metrics are not counted
    'optax'   ``patience`` are bad      the next ``cooldown`` metrics are not counted
    'keras'   ``patience`` are bad      the last of them is counted already, so that a
                                        ``cooldown`` of 1 has no effect
    ========= ========================= ==================================================

    This schedule has a state: :meth:`update` takes a metric and returns the next rate. In a fit
    the metric is the validation loss, or the training loss where there is no validation set, after
    each epoch.

    Parameters
    ----------
    mode : {'min', 'max'}, default='min'
        Which way the metric improves; a fit watches a loss, which is ``'min'``.

    factor : float, default=0.1
        In [0, 1).

    patience : int, default=10
        Bad metrics that are put up with; at least 1 with the rules of optax and Keras.

    threshold : float, default=1e-4
        :math:`\tau`, >= 0. optax's ``rtol`` or ``atol``, Keras' ``min_delta``.

    threshold_mode : {'rel', 'abs'}, default='rel'
        Keras knows ``'abs'`` only.

    cooldown : int, default=0
        See the table.

    min_lr : float, default=0.0
        The rate is not reduced below, >= 0.

    eps : float, default=1e-8
        A reduction by no more than this is not made, >= 0. optax and Keras have no such bound,
        which is 0.

    rule : {'torch', 'optax', 'keras'}, default='torch'
        See the table.

    accumulation_size : int, default=1
        Metrics whose mean is taken for one, at least 1; optax's.

    Notes
    -----
    Agrees with ``torch.optim.lr_scheduler.ReduceLROnPlateau``, ``optax.contrib.reduce_on_plateau``
    and Keras' callback, except for a relative threshold and a negative metric: PyTorch's and
    optax's ``best * (1 - threshold)`` lies on the wrong side of a negative best value, so that a
    slightly worse metric counts as better and the rate is never reduced.

    Examples
    --------
    >>> from thalweg.schedules import ReduceLROnPlateau
    >>> schedule = ReduceLROnPlateau(patience=1, factor=0.5)
    >>> lr = 0.8
    >>> for loss in (3.0, 2.0, 2.0, 2.0, 1.0):
    ...     lr = schedule.update(loss, lr=lr)
    ...     print(lr, end=" ")
    0.8 0.8 0.8 0.4 0.4
    >>> schedule.state_dict()["best"]
    1.0
    """

    def __init__(
        self,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
        *,
        rule: Literal["torch", "optax", "keras"] = "torch",
        accumulation_size: int = 1,
    ) -> None:
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.eps = eps
        self.rule = rule
        self.accumulation_size = accumulation_size
        self._state: dict[str, Any] = dict(_FRESH)

    def update(self, metric: float, lr: float) -> float:
        """Take note of a metric and return the next rate.

        Parameters
        ----------
        metric : float
            The metric of the epoch that is over.
        lr : float
            The rate that it had.

        Returns
        -------
        lr : float
            The rate of the next epoch.

        Raises
        ------
        ValueError, TypeError
            If a parameter, the metric or the rate breaks its rule; the state is unchanged then.
        """
        from thalweg import _core

        rate, self._state = _core.plateau_update(
            self.to_config(), self._state, number("metric", metric), number("lr", lr)
        )
        return rate

    def _rates(self, times: NDArray[np.int64], lr: float) -> NoReturn:
        raise TypeError(
            "ReduceLROnPlateau follows a metric and not the time: call update(metric, lr=...)"
        )

    def momentum(self, t: Any) -> None:
        """Return None: the momentum is left alone.

        Parameters
        ----------
        t : int or array-like of ints
            Any time.
        """

    def state_dict(self) -> dict[str, Any]:
        """Return what the schedule remembers.

        Returns
        -------
        state : dict
            ``best`` (None before the first metric), ``num_bad_epochs``, ``cooldown_counter``, and
            the ``count`` and ``mean`` of metrics that are being accumulated.
        """
        return dict(self._state)

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what :meth:`state_dict` has returned.

        Parameters
        ----------
        state : dict
            The state.

        Raises
        ------
        ValueError, TypeError
            If it has other keys, or a value of the wrong kind; nothing is changed then.
        """
        super().load_state_dict(state)
        kinds = {"best": float | None, "mean": float}
        self._state = {
            name: plain(f"state[{name!r}]", state[name], kinds.get(name, int)) for name in _FRESH
        }
