"""scikit-learn's own tests of linear models, with our classes where ours are asked for."""

from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest
from sklearn import linear_model

import thalweg


def ours_or_theirs(name, is_ours):
    """Return what makes our estimator for parameters that it has, and scikit-learn's for others.

    Their tests compare solvers with one another: those that we do not have stay theirs.
    """
    ours, theirs = getattr(thalweg, name), getattr(linear_model, name)

    def make(*args, **params):
        return (ours if is_ours(params) else theirs)(*args, **params)

    make.__name__ = name
    return make


def has_solver(*solvers, default):
    return lambda params: params.get("solver", default) in solvers


def is_fista(params):
    return not params.get("precompute", False) and params.get("selection", "cyclic") == "cyclic"


ESTIMATORS = {
    "LogisticRegression": has_solver("lbfgs", "sag", "saga", default="lbfgs"),
    "Ridge": has_solver("auto", "lbfgs", "sag", "saga", default="auto"),
    "ElasticNet": is_fista,
    "Lasso": is_fista,
}


def load(name, estimators):
    """Run the source of their test module ``name`` with ``estimators`` replaced.

    The names are bound anew just before the first test, so decorators see them too.
    """
    tests = Path(find_spec("sklearn.linear_model").origin).parent / "tests"
    path = tests / f"{name}.py"
    lines = path.read_text(encoding="utf-8").splitlines()
    module = ModuleType(f"sklearn_{name}_exam")
    module.__file__ = str(path)
    first = next(i for i, line in enumerate(lines) if line.startswith(("@", "def ", "SOLVERS")))
    blank = max(i for i, line in enumerate(lines[:first]) if not line)
    # A single line, so that line numbers stay those of the file.
    rebind = ", ".join(estimators) + " = " + ", ".join(f"__ours['{e}']" for e in estimators)
    # A mark that their configuration knows and ours need not.
    lines = ["" if line == "@pytest.mark.thread_unsafe" else line for line in lines]
    lines[blank] = rebind
    vars(module)["__ours"] = {e: ours_or_theirs(e, ESTIMATORS[e]) for e in estimators}
    exec(compile("\n".join(lines), path, "exec"), vars(module))
    return module


def is_fixture(value):
    # As pytest 8.4 and newer mark them, and as older ones do.
    return type(value).__name__ == "FixtureFunctionDefinition" or hasattr(
        value, "_pytestfixturefunction"
    )


def with_lists(test):
    """Turn the generators that a test is parametrized by into lists, as pytest asks for."""
    marks = getattr(test, "pytestmark", [])
    for i, mark in enumerate(marks):
        if mark.name == "parametrize" and not isinstance(mark.args[1], Collection):
            names, values, *rest = mark.args
            marks[i] = pytest.mark.parametrize(names, list(values), *rest, **mark.kwargs).mark
    return test


def exam(name, estimators, left_out):
    """Return the tests and fixtures of a module, without those in ``left_out`` (name -> reason)."""
    found = {
        key: value
        for key, value in vars(load(name, estimators)).items()
        if key.startswith("test_") or is_fixture(value)
    }
    assert left_out.keys() <= found.keys()
    return {key: with_lists(value) for key, value in found.items() if key not in left_out}
