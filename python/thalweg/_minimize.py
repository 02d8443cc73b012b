"""``thalweg.minimize``: a function -> evaluations -> any optimizer -> ``OptimizeResult``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import signature
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult
from scipy.optimize._numdiff import approx_derivative

from thalweg._core import optimizer_traits
from thalweg.optimizers import FISTA, Optimizer, ProximalGradient, named

__all__ = ["minimize"]

Array = NDArray[Any]

# Status -> message; the numbers of SciPy where it has the same.
_MESSAGES = {
    0: "The gradient is within `gtol`.",
    1: "`max_iter` iterations were taken.",
    3: "The loss or its gradient is infinite or NaN.",
    4: "The loss is at or below `target`.",
    5: "The loss has not improved by more than `tol` in `n_iter_no_change` iterations.",
    99: "`callback` asked to stop.",
}
_SUCCESS = (0, 4, 5)


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    jac: bool | Callable[..., Any] | None = True,
    solver: str | Optimizer = "Adam",
    *,
    schedule: Callable[[int, float], float] | None = None,
    max_iter: int = 1000,
    tol: float = 1e-9,
    n_iter_no_change: int = 50,
    gtol: float = 1e-5,
    target: float | None = None,
    callback: Callable[..., Any] | None = None,
) -> OptimizeResult:
    r"""Minimize a function of an array by any optimizer.

    Parameters
    ----------
    fun : callable
        ``fun(x, *args) -> loss``, or ``-> (loss, gradient)`` with ``jac=True``. x is of the shape
        of ``x0``, and a copy that may be kept.

    x0 : array-like
        Where to begin, of any shape. float32 stays float32; all else becomes float64.

    args : tuple, default=()
        Passed on to ``fun`` and ``jac``.

    jac : bool, callable or None, default=True
        True: ``fun`` returns the gradient with the loss. A callable: ``jac(x, *args) -> gradient``.
        None or False: by forward differences, which cost as many more calls of ``fun`` as x has
        elements, at every evaluation, and leave about half of the digits.

    solver : str or Optimizer, default="Adam"
        An optimizer, or the name of a class in ``thalweg.optimizers``, in any case of letters.

    schedule : callable or None, default=None
        ``schedule(t, lr) -> rate`` of iteration t = 0, 1, ..., with ``lr`` the solver's own.

    max_iter : int, default=1000
        Most iterations, >= 0: steps of the solver, of which one may take several evaluations.

    tol : float, default=1e-9
        See ``n_iter_no_change``; >= 0.

    n_iter_no_change : int, default=50
        Stop when the loss has not been lower than the lowest so far less ``tol`` for so many
        iterations, >= 1.

    gtol : float, default=1e-5
        Stop when no element of the gradient is larger, >= 0.

    target : float or None, default=None
        Stop when the loss is at or below it.

    callback : callable or None, default=None
        Called after every iteration: ``callback(x)``, or ``callback(intermediate_result)`` with an
        ``OptimizeResult`` if its only parameter has that name. Returning True, or raising
        ``StopIteration``, ends the run.

    Returns
    -------
    result : scipy.optimize.OptimizeResult
        ``x``, ``fun`` and ``jac`` where the run ended; ``nit`` iterations, ``nfev`` and ``njev``
        calls; ``success``, ``status`` and ``message``; ``history``, a dict of ``loss``, one more
        than iterations since it begins with that of ``x0``, and ``lr``, the rates.

        ``status`` is 0 for ``gtol``, 1 for ``max_iter``, 3 for numbers that are not finite (x is
        the last point before), 4 for ``target``, 5 for no improvement, and 99 for ``callback``.

    Raises
    ------
    ValueError, TypeError
        If an argument is wrong, or the gradient is not of the shape of ``x0``.

    See Also
    --------
    thalweg.optimizers : The solvers.
    scipy.optimize.minimize : Quasi-Newton and trust-region methods, bounds and constraints.

    Notes
    -----
    A point just evaluated is not evaluated again, so that most solvers take one evaluation an
    iteration, and one for ``x0``. Solvers that average take one more, at the average.

    The penalty of :class:`~thalweg.optimizers.FISTA` and
    :class:`~thalweg.optimizers.ProximalGradient` belongs to the solver: it is added to the loss in
    ``fun``, ``history`` and all tests, but not to ``jac``. ``gtol`` bounds the smallest
    subgradient then.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg import minimize
    >>> from thalweg.optimizers import LBFGS
    >>> def rosenbrock(x):
    ...     loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    ...     slope = 200 * (x[1] - x[0] ** 2)
    ...     return loss, np.array([-2 * (1 - x[0]) - 2 * x[0] * slope, slope])
    >>> result = minimize(rosenbrock, [-1.5, 2.0], solver=LBFGS(line_search_fn="strong_wolfe"))
    >>> result.success, result.x.round(4)
    (True, array([1., 1.]))
    """
    optimizer = _solver(solver)
    start = _start(x0)
    rules = _Rules(max_iter, tol, n_iter_no_change, gtol, target)
    function = _Function(fun, jac, tuple(args) if isinstance(args, tuple | list) else (args,))
    for name, value in (("schedule", schedule), ("callback", callback)):
        if value is not None and not callable(value):
            raise TypeError(f"`{name}` must be callable or None, got {value!r}")
    return _descend(optimizer, function, start, rules, schedule, callback)


@dataclass
class _Point:
    """A point with its loss, penalty included, and the function's own gradient."""

    x: Array
    loss: float
    gradient: Array
    steepness: float

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.loss) and np.isfinite(self.gradient).all())


def _descend(
    optimizer: Optimizer,
    function: _Function,
    start: Array,
    rules: _Rules,
    schedule: Callable[[int, float], float] | None,
    callback: Callable[..., Any] | None,
) -> OptimizeResult:
    """Step until a rule or the callback ends the run."""
    run = optimizer.init(start, nonfinite="allow")
    base = run.lr
    losses: list[float] = []
    rates: list[float] = []

    def look() -> _Point:
        x = np.array(run.eval_params)
        loss, gradient = function(x)
        l1, l2 = _penalty(optimizer)
        penalty = l1 * float(np.abs(x).sum()) + 0.5 * l2 * float(np.square(x).sum())
        steepness = float(np.max(np.abs(_subgradient(x, gradient, l1, l2)), initial=0))
        return _Point(x, loss + penalty, gradient, steepness)

    point = look()
    losses.append(point.loss)
    status = rules.judge(point, 0)
    while status is None:
        rate = base if schedule is None else schedule(len(rates), base)
        run.step(closure=function, lr=rate)
        rates.append(float(rate))
        after = look()
        losses.append(after.loss)
        status = rules.judge(after, len(rates))
        if after.is_finite:
            point = after
            if callback is not None and _asks_to_stop(callback, point, len(rates)):
                status = 99 if status is None else status
    return OptimizeResult(
        x=point.x,
        fun=point.loss,
        jac=point.gradient,
        nit=len(rates),
        nfev=function.nfev,
        njev=function.njev,
        success=status in _SUCCESS,
        status=status,
        message=_MESSAGES[status],
        history={"loss": np.array(losses), "lr": np.array(rates)},
    )


@dataclass
class _Rules:
    """When to stop."""

    max_iter: int
    tol: float
    n_iter_no_change: int
    gtol: float
    target: float | None
    best: float = field(default=np.inf, init=False)
    idle: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        for name, least in (("max_iter", 0), ("n_iter_no_change", 1)):
            value = getattr(self, name)
            if not isinstance(value, Integral) or isinstance(value, bool):
                raise TypeError(f"`{name}` must be an int, got {value!r}")
            if value < least:
                raise ValueError(f"`{name}` must be >= {least}, got {value}")
        for name in ("tol", "gtol", "target"):
            value = getattr(self, name)
            if name == "target" and value is None:
                continue
            if not isinstance(value, Real) or isinstance(value, bool):
                raise TypeError(f"`{name}` must be a number, got {value!r}")
            if name != "target" and not float(value) >= 0:
                raise ValueError(f"`{name}` must be >= 0, got {value}")
        if self.target is not None and np.isnan(self.target):
            raise ValueError(f"`target` must be a number other than NaN, got {self.target}")

    def judge(self, point: _Point, iteration: int) -> int | None:
        """Return the status with which to stop, or None to go on."""
        if not point.is_finite:
            return 3
        if self.target is not None and point.loss <= self.target:
            return 4
        if point.steepness <= self.gtol:
            return 0
        self.idle = 0 if point.loss < self.best - self.tol else self.idle + 1
        self.best = min(self.best, point.loss)
        if self.idle >= self.n_iter_no_change:
            return 5
        return 1 if iteration >= self.max_iter else None


class _Function:
    """Loss and gradient, whichever way they come; counts, and knows the last point."""

    def __init__(self, fun: Any, jac: Any, args: tuple[Any, ...]) -> None:
        if not callable(fun):
            raise TypeError(f"`fun` must be callable, got {fun!r}")
        if not (jac is None or isinstance(jac, bool) or callable(jac)):
            raise TypeError(f"`jac` must be a bool, a callable or None, got {jac!r}")
        self._fun, self._jac, self._args = fun, jac, args
        self._last: tuple[Array, float, Array] | None = None
        self.nfev = self.njev = 0

    def __call__(self, params: Array) -> tuple[float, Array]:
        if self._last is None or not np.array_equal(self._last[0], params):
            x = np.array(params)
            loss, gradient = self._evaluate(x)
            gradient = np.array(gradient, dtype=x.dtype)
            if gradient.shape != x.shape:
                raise ValueError(
                    f"the gradient must be of shape {x.shape}, as `x0` is, got {gradient.shape}"
                )
            self._last = np.array(params), loss, gradient
        return self._last[1], self._last[2]

    def _evaluate(self, x: Array) -> tuple[float, Any]:
        self.njev += 1
        if self._jac is True:
            self.nfev += 1
            answer = self._fun(x, *self._args)
            if not isinstance(answer, tuple | list) or len(answer) != 2:
                raise TypeError(
                    f"`fun` must return a loss and its gradient with `jac=True`, got {type(answer)}"
                )
            return _loss(answer[0]), answer[1]
        loss = self._loss_at(x.copy())
        if callable(self._jac):
            return loss, self._jac(x, *self._args)

        def of_flat(flat: Array) -> float:
            return self._loss_at(flat.reshape(x.shape).astype(x.dtype))

        flat = x.ravel()
        if flat.size == 0 or not np.isfinite(loss):
            return loss, np.full(x.shape, 0.0 if flat.size == 0 else np.nan)
        slope = approx_derivative(of_flat, flat, method="2-point", f0=np.float64(loss))
        return loss, np.reshape(slope, x.shape)

    def _loss_at(self, x: Array) -> float:
        self.nfev += 1
        return _loss(self._fun(x, *self._args))


def _loss(value: Any) -> float:
    array = np.asarray(value)
    if array.size != 1 or not np.isrealobj(array) or array.dtype == object:
        raise TypeError(f"`fun` must return a loss that is one number, got {value!r}")
    return float(array.reshape(()))


def _solver(solver: Any) -> Optimizer:
    if isinstance(solver, str):
        solver = named(solver)
    if not isinstance(solver, Optimizer):
        raise TypeError(f"`solver` must be an optimizer or its name, got {solver!r}")
    if optimizer_traits(solver.to_config())["rows"]:
        raise ValueError(f"`solver` must take dense gradients, got {solver!r}")
    if getattr(solver, "maximize", False):
        raise ValueError(f"`solver` must have `maximize=False`, got {solver!r}")
    return solver


def _start(x0: Any) -> Array:
    start = np.asarray(x0)
    if start.dtype.kind not in "fiub":
        raise TypeError(f"`x0` must be an array of real numbers, got {start.dtype}")
    if start.dtype != np.float32:
        start = start.astype(np.float64)
    if not np.isfinite(start).all():
        raise ValueError("`x0` must be finite, got infinity or NaN")
    return start


def _penalty(optimizer: Optimizer) -> tuple[float, float]:
    if isinstance(optimizer, FISTA | ProximalGradient):
        return float(optimizer.l1), float(optimizer.l2)
    return 0.0, 0.0


def _subgradient(x: Array, gradient: Array, l1: float, l2: float) -> Array:
    """Return the shortest of the penalised function's subgradients."""
    if l1 == l2 == 0:
        return gradient
    smooth = gradient + l2 * x
    at_zero = np.sign(smooth) * np.maximum(abs(smooth) - l1, 0)
    return np.where(x == 0, at_zero, smooth + l1 * np.sign(x))


def _asks_to_stop(callback: Callable[..., Any], point: _Point, nit: int) -> bool:
    try:
        if _takes_result(callback):
            result = OptimizeResult(x=point.x.copy(), fun=point.loss, nit=nit)
            return callback(intermediate_result=result) is True
        return callback(point.x.copy()) is True
    except StopIteration:
        return True


def _takes_result(callback: Callable[..., Any]) -> bool:
    try:
        return list(signature(callback).parameters) == ["intermediate_result"]
    except ValueError:  # of some functions written in C
        return False
