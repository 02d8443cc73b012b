"""What the schedules share: parameters, the dict that Rust reads, and evaluation at given times."""

from __future__ import annotations

from abc import ABC
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from thalweg._parameters import Parameters, number, plain

__all__ = ["Per", "Schedule"]

Per = Literal["step", "epoch", "sample"]


class Schedule(Parameters, ABC):
    """Base class of the schedules; not for direct use.

    A schedule is a pure function of the time ``t``, which begins at 0, and of the optimizer's own
    rate: nothing is remembered, so a run may be taken up anywhere. The two that follow what
    training shows, :class:`ReduceLROnPlateau` and :class:`Adaptive`, say so.
    """

    _kind: ClassVar[str] = "schedule"
    # Parameters that reach Rust as tables: name -> names of the tables.
    _tabulated: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # Parameters that may be lists in a run on arrays: a value for each group.
    _grouped: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def _name(cls) -> str:
        """Return the name in the registry of the Rust core."""
        return cls.__name__

    @overload
    def __call__(self, t: int, lr: float = 1.0) -> float: ...

    @overload
    def __call__(self, t: Sequence[int] | NDArray[Any], lr: float = 1.0) -> NDArray[np.float64]: ...

    def __call__(self, t: Any, lr: float = 1.0) -> float | NDArray[np.float64]:
        """Return the learning rate at a time.

        Parameters
        ----------
        t : int or array-like of ints
            Steps, epochs or samples before the one that takes this rate; the first has ``t=0``.
        lr : float, default=1.0
            The optimizer's own rate, from which the schedule starts. Schedules that are given
            all their rates, as :class:`CyclicLR`, do not depend on it.

        Returns
        -------
        rate : float, or ndarray of the shape of t
            The rate.

        Raises
        ------
        ValueError
            If a parameter breaks its rule, or ``t`` is negative or after the schedule's end.
        TypeError
            If a parameter or ``t`` is of the wrong kind.
        """
        times = _times(t)
        rates = self._rates(times.ravel(), number("lr", lr))
        return rates.reshape(times.shape) if times.ndim else float(rates[0])

    def momentum(self, t: Any) -> float | NDArray[np.float64] | None:
        """Return the momentum at a time.

        Parameters
        ----------
        t : int or array-like of ints
            As in a call.

        Returns
        -------
        momentum : float, ndarray of the shape of t, or None
            SGD's momentum or Adam's first beta; None if the schedule leaves it alone.

        Raises
        ------
        ValueError, TypeError
            As a call does.
        """
        from thalweg import _core

        times = _times(t)
        momenta = _core.schedule_momenta(self.to_config(_horizon(times)), times.ravel())
        if momenta is None:
            return None
        return momenta.reshape(times.shape) if times.ndim else float(momenta[0])

    def _rates(self, times: NDArray[np.int64], lr: float) -> NDArray[np.float64]:
        """Return the rates at a vector of times."""
        # Loaded with the first rate: an estimator's parameters can be written down without it.
        from thalweg import _core

        return _core.schedule_rates(self.to_config(_horizon(times)), times, lr)

    def to_config(self, horizon: int | None = None) -> dict[str, Any]:
        """Return the tagged dict from which the Rust core builds this schedule.

        Parameters
        ----------
        horizon : int, default=None
            Number of times, from 0 on, for which functions of the caller are tabulated. Needed
            only where there are such functions.

        Returns
        -------
        config : dict
            ``name`` and every parameter, in plain Python values.

        Raises
        ------
        TypeError, ValueError
            If a value is of the wrong kind, or a table is needed and there is no horizon. Ranges
            are the core's to check.
        """
        config: dict[str, Any] = {"name": self._name()}
        for name, kind in self._types().items():
            if name not in self._tabulated:
                config[name] = self._plain(name, kind, horizon)
        return {**config, **self._tables(horizon)}

    def _plain(self, name: str, kind: Any, horizon: int | None) -> Any:
        """Return a parameter as the core reads it."""
        return plain(name, getattr(self, name), kind)

    def _tables(self, horizon: int | None) -> dict[str, list[Any]]:
        """Return what stands for the parameters that the core cannot read."""
        return {}

    def unit(self) -> Per | None:
        """Return what the time counts.

        Returns
        -------
        unit : {'step', 'epoch', 'sample'} or None
            ``per``; None for schedules to which it does not matter.
        """
        return getattr(self, "per", None)

    def for_group(self, group: int, n_groups: int) -> Self:
        """Return the schedule of one group of parameters.

        Parameters
        ----------
        group : int
            Number of the group.
        n_groups : int
            How many there are.

        Returns
        -------
        schedule : Schedule
            A copy, with the group's value in the place of each list of values.

        Raises
        ------
        ValueError
            If a list has not one value for each group.
        """
        chosen = {}
        for name in self._grouped:
            values = getattr(self, name)
            if isinstance(values, list | tuple):
                if len(values) != n_groups:
                    raise ValueError(
                        f"`{name}` must have a value for each of {n_groups} groups, "
                        f"got {len(values)}"
                    )
                chosen[name] = values[group]
        return self.copy().set_params(**chosen)

    def state_dict(self) -> dict[str, Any]:
        """Return what the schedule remembers.

        Returns
        -------
        state : dict
            Empty for functions of the time.
        """
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Remember what :meth:`state_dict` has returned.

        Parameters
        ----------
        state : dict
            The state.

        Raises
        ------
        ValueError
            If it has other keys; nothing is changed then.
        """
        if set(state) != set(self.state_dict()):
            raise ValueError(
                f"`state` must have the keys {sorted(self.state_dict())}, got {sorted(state)}"
            )


def needed(horizon: int | None, name: str) -> int:
    """Return the horizon, which a table of ``name`` needs.

    Raises
    ------
    ValueError
        If there is none.
    """
    if horizon is None:
        raise ValueError(f"`horizon` must be given to tabulate `{name}`, got None")
    return horizon


def _horizon(times: NDArray[np.int64]) -> int:
    return int(times.max(initial=0)) + 1


def _times(t: Any) -> NDArray[np.int64]:
    """Return times as a contiguous array of int64."""
    times = np.asarray(t)
    if times.dtype.kind not in "iu":
        raise TypeError(f"`t` must be an int or an array of ints, got {t!r}")
    largest = int(times.max(initial=0))
    if largest > np.iinfo(np.int64).max - 1:
        raise ValueError(f"`t` must be below 2**63 - 1, got {largest}")
    return np.ascontiguousarray(times, dtype=np.int64).reshape(times.shape)
