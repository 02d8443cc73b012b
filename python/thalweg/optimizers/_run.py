"""An optimizer at work on NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from thalweg.optimizers._arrays import Closure, Structure, as_params, new_arena
from thalweg.optimizers._groups import Groups

if TYPE_CHECKING:
    from thalweg.gradients import GradientTransform
    from thalweg.gradients._chain import ArrayChain
    from thalweg.optimizers._base import Optimizer
    from thalweg.optimizers._pace import Pace
    from thalweg.schedules import Schedule

__all__ = ["Run"]


class Run:
    """Parameters, and an optimizer that moves them; made by :meth:`Optimizer.init`.

    Attributes
    ----------
    params : ndarray, list or dict
        The parameters, in the structure in which they were given. The arrays are views into one
        buffer, and every step writes to them: copy what you want to keep.

    See Also
    --------
    Optimizer.init : Makes a run.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg.optimizers import SGD
    >>> run = SGD(lr=0.1).init({"w": np.array([1.0, 2.0]), "b": np.array(1.0)})
    >>> run.step({"w": 2 * run.params["w"], "b": 2 * run.params["b"]})
    >>> run.params["w"]
    array([0.8, 1.6])
    >>> run.t
    1
    """

    def __init__(
        self,
        optimizer: Optimizer,
        params: Any,
        groups: Sequence[dict[str, Any]] | None = None,
        nonfinite: str = "raise",
        gradient_transforms: Sequence[GradientTransform] = (),
        schedule: Schedule | Sequence[Schedule] | None = None,
    ) -> None:
        from thalweg._core import OptimizerRun  # here, so that an optimizer alone loads no library

        self._optimizer = optimizer.copy()
        self._nonfinite = nonfinite
        self._structure = Structure(params)
        self._groups = Groups(groups, self._structure)
        places = self._structure.places()
        arrays = as_params(places, self._structure.flatten("params", params))
        self._arena, self._views = new_arena(arrays)
        self.params = self._structure.unflatten(self._views)
        self._schedule = schedule
        config, configs = self._optimizer.to_config(), self._groups.configs(self._optimizer)
        self._pace = None if schedule is None else self._new_pace(schedule)
        self._core = OptimizerRun(
            config,
            configs,
            places,
            [array.shape for array in arrays],
            self._arena,
            nonfinite,
            None if self._pace is None else self._pace.at(0),
        )
        self._transforms = _copies(gradient_transforms)
        self._chain = self._new_chain(arrays) if self._transforms else None

    def _new_chain(self, like: Sequence[Any]) -> ArrayChain:
        from thalweg._core import optimizer_traits
        from thalweg.gradients._chain import ArrayChain

        if optimizer_traits(self._optimizer.to_config())["rows"]:
            raise ValueError(
                f"`gradient_transforms` must be empty for {type(self._optimizer).__name__}, whose "
                f"gradients are rows, got {self._transforms}"
            )
        return ArrayChain(self._transforms, self._structure, like)

    def _new_pace(self, schedule: Any) -> Pace:
        from thalweg.optimizers._pace import Pace  # here: most runs load no schedules

        return Pace(schedule, self._optimizer, self._groups.optimizers(self._optimizer))

    def _keep_pace(self, lr: float | None) -> None:
        """Set the rates of the step to come."""
        if self._pace is None:
            return
        if lr is not None:
            raise ValueError(f"`lr` must be None with a schedule, got {lr!r}")
        self._core.set_pace(self._pace.at(self.t))

    # ---- Steps -----------------------------------------------------------------------------------

    def step(
        self,
        grads: Any = None,
        loss: float | None = None,
        lr: float | None = None,
        *,
        closure: Closure | None = None,
        full_closure: Closure | None = None,
        curvature: Any = None,
        batch_size: float = 1.0,
    ) -> float | None:
        """Move the parameters once.

        Either ``grads`` or ``closure`` is given. A call that raises has changed nothing.

        Parameters
        ----------
        grads : ndarray, list or dict, optional
            The gradient, in the structure of the parameters and of their dtype. Contiguous
            arrays are read in place.
        loss : float, optional
            The loss at the parameters, for optimizers that follow it.
        lr : float, optional
            The learning rate of this step alone, instead of :attr:`lr`; not with a schedule.
        closure : callable, optional
            ``f(params) -> (loss, grads)``, for optimizers that look at more than one point a
            step; for others it is called once.
        full_closure : callable, optional
            As ``closure``, over all the data where that takes a sample of it.
        curvature : ndarray, list or dict, optional
            A second gradient, for optimizers that estimate the curvature with it; see
            :attr:`wants_curvature`.
        batch_size : float, default=1.0
            How many examples the gradient is the mean of, which only
            :class:`thalweg.gradients.Accumulate` asks.

        Returns
        -------
        loss : float or None
            The loss before the step, where it is known; None where there is no step.

        Raises
        ------
        ValueError, TypeError
            If something is missing, of the wrong shape or dtype, or not finite while
            ``nonfinite`` is ``'raise'``.
        """
        self._keep_pace(lr)
        if closure is None:
            if grads is None:
                raise ValueError("`grads` or `closure` must be given, got neither")
            if full_closure is not None:
                raise ValueError("`full_closure` must be given with `closure` only")
            flatten = self._structure.flatten
            second = None if curvature is None else flatten("curvature", curvature)
            given = flatten("grads", grads)
            if self._chain is not None and self._enters(given):
                return self._step_transformed(self._chain, given, batch_size, (loss, lr, second))
            taken = self._core.step(self._arena, given, loss, lr, second)
            return loss if taken else None
        if self._chain is not None:
            raise ValueError("`closure` must be None with gradient transforms, got a function")
        for name, value in (("grads", grads), ("loss", loss), ("curvature", curvature)):
            if value is not None:
                raise ValueError(f"`{name}` must be None with `closure`, which returns it")
        whole = None if full_closure is None else self._function(full_closure)
        return self._core.step_closure(self._arena, self._function(closure), whole, lr)[1]

    def _enters(self, grads: Sequence[Any]) -> bool:
        """Tell whether gradients go through the transforms; others are the core's to judge."""
        return self._nonfinite == "allow" or (self._chain is not None and self._chain.passes(grads))

    def _step_transformed(
        self, chain: ArrayChain, grads: Sequence[Any], batch_size: float, rest: tuple[Any, ...]
    ) -> float | None:
        before = chain.numbers()
        try:
            if not chain.apply(grads, self._arena, batch_size):
                return None
            return rest[0] if self._core.step(self._arena, chain.gradients, *rest) else None
        except BaseException:
            chain.restore(before)
            raise

    def _function(self, closure: Closure) -> Callable[[], tuple[float, list[Any]]]:
        """Return the closure as the core calls it: at what is in the arena, with flat gradients."""

        def call() -> tuple[float, list[Any]]:
            answer = closure(self.params)
            if not isinstance(answer, tuple | list) or len(answer) != 2:
                raise TypeError(f"`closure` must return a loss and gradients, got {type(answer)}")
            return answer[0], list(self._structure.flatten("grads", answer[1]))

        return call

    @property
    def eval_params(self) -> Any:
        """The parameters at which to evaluate the model.

        Optimizers that average keep others than those they move; then the arrays are new ones.
        """
        if not self._optimizer._averages():
            return self.params
        arena, views = new_arena(self._views)
        self._core.eval_params(self._arena, arena)
        return self._structure.unflatten(views)

    # ---- What may be read and set ----------------------------------------------------------------

    @property
    def optimizer(self) -> Optimizer:
        """A copy of the optimizer."""
        return self._optimizer.copy()

    @property
    def t(self) -> int:
        """Steps taken."""
        return self._core.t

    @property
    def skipped(self) -> int:
        """Steps not taken because of the gradient, with ``nonfinite='skip'``."""
        return self._core.skipped

    @property
    def wants_curvature(self) -> bool:
        """Whether the next step asks for ``curvature``, a second gradient.

        Every ``k`` steps, for optimizers that estimate the curvature; such a gradient is welcome
        at other steps too, and a step without it leaves the estimate as it is.
        """
        return self._core.wants_curvature

    @property
    def lr(self) -> float:
        """The learning rate in force; groups with their own move in proportion to it.

        With a schedule, the optimizer's own in the step to come.
        """
        return self._core.lr if self._pace is None else self._pace.lr(self.t)

    @lr.setter
    def lr(self, lr: float) -> None:
        if self._pace is not None:
            raise ValueError(f"`lr` must not be set on a run with a schedule, got {lr!r}")
        self._core.lr = float(lr)

    def set_params(self, **params: Any) -> Run:
        """Change hyper-parameters in the middle of a run.

        Parameters
        ----------
        **params : dict
            New values by name; groups keep theirs. A new ``lr`` becomes :attr:`lr`.

        Returns
        -------
        self : Run
            The same object.

        Raises
        ------
        ValueError, TypeError
            If a value is wrong, or another state would be needed; nothing is set then.
        """
        changed = self._optimizer.copy().set_params(**params)
        self._core.configure(changed.to_config(), self._groups.configs(changed))
        self._optimizer = changed
        if self._pace is not None:
            self._pace.follow(changed, self._groups.optimizers(changed))
        return self

    # ---- State -----------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, Any]:
        """Return everything from which the run goes on with the same bits.

        Returns
        -------
        state : dict
            ``name`` of the optimizer, ``step``, ``lr``, ``skipped``, ``params``, ``buffers`` by
            name, each in the structure of the parameters, and the float64 ``numbers`` of the run
            and ``group_numbers`` of each group by name. All arrays are copies.
        """
        state = self._core.state()
        unflatten = self._structure.unflatten
        buffers = {name: unflatten(arrays) for name, arrays in state["buffers"].items()}
        params = unflatten([view.copy() for view in self._views])
        name = type(self._optimizer).__name__
        whole = {"name": name, "params": params, **state, "buffers": buffers}
        return (
            whole if self._chain is None else whole | {"gradient_transforms": self._chain.state()}
        )

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take the state of another run of the same optimizer on parameters of the same shapes.

        Parameters
        ----------
        state_dict : dict
            As :meth:`state_dict` returns it.

        Raises
        ------
        ValueError, TypeError
            If it belongs to another optimizer or other parameters; nothing is changed then.
        """
        own = self.state_dict()
        _same_keys("state_dict", own, state_dict)
        if state_dict["name"] != own["name"]:
            raise ValueError(
                f"`state_dict['name']` must be {own['name']!r}, got {state_dict['name']!r}"
            )
        _same_keys("state_dict['buffers']", own["buffers"], state_dict["buffers"])
        _same_keys("state_dict['numbers']", own["numbers"], state_dict["numbers"])
        groups = own["group_numbers"]
        if len(state_dict["group_numbers"]) != len(groups):
            raise ValueError(
                f"`state_dict['group_numbers']` must have {len(groups)} groups, "
                f"got {len(state_dict['group_numbers'])}"
            )
        numbers = [float(state_dict["numbers"][name]) for name in own["numbers"]]
        for i, (names, given) in enumerate(zip(groups, state_dict["group_numbers"], strict=True)):
            _same_keys(f"state_dict['group_numbers'][{i}]", names, given)
            numbers += [float(given[name]) for name in names]
        flatten = self._structure.flatten
        buffers = [
            list(flatten(f"state_dict['buffers'][{name!r}]", state_dict["buffers"][name]))
            for name in own["buffers"]
        ]
        params = self._loaded_params(flatten("state_dict['params']", state_dict["params"]))
        step, lr, skipped = (state_dict[key] for key in ("step", "lr", "skipped"))
        transforms = None if self._chain is None else self._chain.state()
        if self._chain is not None:
            self._chain.load(state_dict["gradient_transforms"])
        try:
            self._core.load(self._arena, step, lr, skipped, buffers, numbers)
        except BaseException:
            if self._chain is not None:
                self._chain.load(transforms)
            raise
        for view, array in zip(self._views, params, strict=True):
            view[...] = array

    def _loaded_params(self, params: Sequence[Any]) -> list[Any]:
        places = [f"state_dict['params']{place}" for place in self._structure.places()]
        arrays = [np.asarray(array) for array in params]
        for place, array, view in zip(places, arrays, self._views, strict=True):
            if array.shape != view.shape or array.dtype != view.dtype:
                raise ValueError(
                    f"`{place}` must be of shape {view.shape} and {view.dtype}, "
                    f"got {array.shape} and {array.dtype}"
                )
        return arrays

    def __getstate__(self) -> dict[str, Any]:
        """Return what pickle and copy keep."""
        return {
            "optimizer": self._optimizer,
            "groups": self._groups.given,
            "nonfinite": self._nonfinite,
            "gradient_transforms": self._transforms,
            "schedule": self._schedule,
            "state_dict": self.state_dict(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the run anew and go on where it was."""
        params = state["state_dict"]["params"]
        names = ("groups", "nonfinite", "gradient_transforms", "schedule")
        parts = [state[name] for name in names]
        Run.__init__(self, state["optimizer"], params, *parts)
        self.load_state_dict(state["state_dict"])

    def __repr__(self) -> str:
        """Show the optimizer, and how far it has come."""
        return f"Run({self._optimizer!r}, t={self.t})"


def _copies(transforms: Any) -> list[GradientTransform]:
    """Return copies of gradient transforms, so that later changes to them change no run."""
    if not isinstance(transforms, list | tuple):
        raise TypeError(
            f"`gradient_transforms` must be a list of gradient transforms, got {transforms!r}"
        )
    return [item.copy() if hasattr(item, "copy") else item for item in transforms]


def _same_keys(name: str, own: dict[str, Any], given: Any) -> None:
    if not isinstance(given, dict):
        raise TypeError(f"`{name}` must be a dict, got {type(given)}")
    if set(own) != set(given):
        raise ValueError(f"`{name}` must have the keys {sorted(own)}, got {sorted(given)}")
