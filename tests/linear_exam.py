"""scikit-learn's own tests of linear models, with our classes where ours are asked for."""

from importlib.util import find_spec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import pytest
from sklearn import linear_model

import thalweg


def ours_or_theirs(name, is_ours):
    """Return a class that makes our estimator or, for parameters that it has not, scikit-learn's.

    Their tests compare solvers with one another: those that we do not have stay theirs.
    """
    ours, theirs = getattr(thalweg, name), getattr(linear_model, name)

    def make(cls, *args, **params):
        return (ours if is_ours(params) else theirs)(*args, **params)

    return type(name, (), {"__new__": make})


def has_solver(*solvers, default):
    return lambda params: params.get("solver", default) in solvers


def is_fista(params):
    return (
        params.get("precompute", False) is False and params.get("selection", "cyclic") == "cyclic"
    )


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


def exam(name, estimators, left_out):
    """Return the tests of a module that concern ``estimators``, and its fixtures.

    Without those in ``left_out`` (name -> reason).
    """
    module = load(name, estimators)
    found = {key: value for key, value in vars(module).items() if key.startswith("test_")}
    assert left_out.keys() <= found.keys()
    ours = {getattr(module, estimator) for estimator in estimators}
    tests = {key: with_lists(test) for key, test in found.items() if key not in left_out}
    fixtures = {key: value for key, value in vars(module).items() if is_fixture(value)}
    return fixtures | {key: test for key, test in tests.items() if concerns(test, module, ours)}


def with_lists(test):
    """Turn the generators that a test is parametrized by into lists, as pytest asks for."""
    marks = getattr(test, "pytestmark", [])
    for i, mark in enumerate(marks):
        if mark.name == "parametrize":
            names, values, *rest = mark.args
            marks[i] = pytest.mark.parametrize(names, list(values), *rest, **mark.kwargs).mark
    return test


def concerns(test, module, ours):
    """Tell whether a test uses a class among ``ours``, or anything that does."""
    known, to_see = [], [test]
    while to_see:
        seen = to_see.pop()
        if any(seen is one for one in known):
            continue
        known.append(seen)
        if isinstance(seen, type):
            if seen in ours:
                return True
        elif isinstance(seen, tuple | list):
            to_see.extend(seen)
        elif isinstance(seen, FunctionType):
            to_see.extend(named(seen.__code__, module))
            marks = getattr(seen, "pytestmark", [])
            to_see.extend(mark.args[1] for mark in marks if mark.name == "parametrize")
        else:
            to_see.append(type(seen))
    return False


def named(code, module):
    """Return what a function finds in its module, and the functions within it."""
    found = [vars(module)[name] for name in code.co_names if name in vars(module)]
    within = [named(part, module) for part in code.co_consts if isinstance(part, CodeType)]
    return found + within
