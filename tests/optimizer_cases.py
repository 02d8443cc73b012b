"""What the tests of optimizers share: classes, settings, problems, and how runs advance."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from thalweg import _core
from thalweg.optimizers import Optimizer, all_optimizers

HERE = Path(__file__).parent
BY_NAME = {optimizer.__name__: optimizer for optimizer in all_optimizers()}


@cache
def details(optimizer):
    """Return what tests/optimizers/<name>.py says of a class; nothing where there is no file."""
    found = SimpleNamespace(SETTINGS=[{}], PARITY={}, TOLERANCE={}, EVAL=(), plain=None)
    path = HERE / "optimizers" / f"{optimizer.__name__.lower()}.py"
    if path.exists():
        spec = importlib.util.spec_from_file_location(f"optimizers.{path.stem}", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found.__dict__.update(vars(module))
    return found


def every_setting(when=lambda traits: True):
    """Parametrize a test by every class with each of its settings, where the traits allow."""
    cases = [
        pytest.param(optimizer(**settings), id=f"{optimizer.__name__}-{settings}")
        for optimizer in all_optimizers()
        for settings in details(optimizer).SETTINGS
    ]
    chosen = [case for case in cases if when(traits(case.values[0]))]
    return pytest.mark.parametrize("optimizer", chosen)


def traits(optimizer):
    return _core.optimizer_traits(optimizer.to_config())


def is_elementwise(traits):
    return traits["scope"] == "element"


def another(optimizer):
    """Return one of an optimizer's numbers, and a value for it that is not its own."""
    for name, value in optimizer.get_params(deep=False).items():
        if isinstance(value, float) and value > 0:
            return name, value / 2
        if type(value) is int and value > 0:
            return name, value * 2
        if isinstance(value, Optimizer):
            inner, half = another(value)
            return name, value.copy().set_params(**{inner: half})
    raise AssertionError(f"{optimizer} has no number to change")


def trains(traits):
    """Tell whether estimators take the optimizer: some work on arrays alone."""
    return not (traits["rows"] or (traits["curvature"] and traits["closure"]))


def fitting(optimizer, shapes):
    """Return these shapes as the optimizer takes them: some take matrices only."""
    if not traits(optimizer)["matrices"]:
        return shapes
    return [((*shape, 1)[0], int(np.prod(shape[1:]))) for shape in shapes]


# ---- Problems ------------------------------------------------------------------------------------


class Quadratic:
    """The sum of c (p - t)^2 / 2 over all elements."""

    def __init__(self, theta, seed=0):
        rng = np.random.default_rng(seed)
        self.c = [rng.uniform(0.5, 2, p.shape).astype(p.dtype) for p in theta]
        self.t = [rng.uniform(-1, 1, p.shape).astype(p.dtype) for p in theta]

    def __call__(self, theta):
        off = [p - t for p, t in zip(theta, self.t, strict=True)]
        grads = [(c * d).astype(c.dtype) for c, d in zip(self.c, off, strict=True)]
        return sum(0.5 * float((g * d).sum()) for g, d in zip(grads, off, strict=True)), grads


def rosenbrock(theta):
    ((x, y),) = theta
    loss = (1 - x) ** 2 + 100 * (y - x * x) ** 2
    return loss, [np.array([-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)])]


def matvec(problem, theta):
    A, B = np.array(problem["A"]), np.array(problem["B"])
    residual = A @ theta[0] - B
    loss, grads = 0.5 * (residual**2).sum(), [A.T @ residual]
    if len(theta) > 1:
        off = theta[1] - np.array(problem["c"])
        loss, grads = loss + 0.5 * (off**2).sum(), [*grads, off]
    return loss, grads


# ---- Parity --------------------------------------------------------------------------------------


@cache
def parity_file(name):
    return json.loads((HERE / "data" / "parity" / f"{name}.json").read_text())


def parity_cases():
    """Yield (class, keyword arguments, case) for every case of a registered optimizer."""
    claimed = {
        case_id: (optimizer, kwargs)
        for optimizer in all_optimizers()
        for case_id, kwargs in details(optimizer).PARITY.items()
    }
    for case in parity_file("torch")["optimizers"]:
        if "sparse_grads" in case:  # see sparse_parity_cases
            continue
        optimizer = BY_NAME.get(case["optimizer"])
        if case["id"] in claimed:
            yield *claimed[case["id"]], case
        elif optimizer is not None:
            yield optimizer, _pairs(case["kwargs"]), case
    for case in parity_file("others")["cases"]:
        if case["id"] in claimed:
            yield *claimed[case["id"]], case


def sparse_parity_cases():
    """Yield (class, keyword arguments, case) for every case with row-sparse gradients."""
    for case in parity_file("torch")["optimizers"]:
        if "sparse_grads" in case and case["optimizer"] in BY_NAME:
            yield BY_NAME[case["optimizer"]], _pairs(case["kwargs"]), case


def _pairs(kwargs):
    return {key: tuple(v) if isinstance(v, list) else v for key, v in kwargs.items()}


def problem_of(case):
    """Return the start of a case and its function."""
    name = case["problem"].split()[0]
    problem = parity_file("torch")["problems"][name]
    start = [np.array(p) for p in problem["params"]]
    if name == "rosenbrock":
        return start, rosenbrock
    return start, lambda theta: matvec(problem, theta)


# ---- Runs ----------------------------------------------------------------------------------------


def uniform(seed, shapes, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, shape).astype(dtype) for shape in shapes]


def advance(run, seed, grads=None, function=None):
    """Take a step of a run on a list of arrays, giving it whatever its optimizer needs."""
    needs, theta = traits(run.optimizer), run.params
    function = Quadratic(theta) if function is None else function
    if needs["closure"]:
        return run.step(closure=function)
    if grads is None:
        grads = uniform(seed, [p.shape for p in theta], theta[0].dtype)
    given = [(np.arange(len(g)), g) for g in grads] if needs["rows"] else grads
    curvature = grads if needs["curvature"] else None
    return run.step(given, loss=function(theta)[0], curvature=curvature)


def same(a, b):
    """Tell whether two structures are equal, arrays to the last bit."""
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
    return a == b
