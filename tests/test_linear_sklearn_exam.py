"""scikit-learn's own tests of its SGD family, from the installed wheel, with our classes.

The sources are compiled with the lines changed that say whose classes are tested; pytest then
collects the functions from here, each case on its own. Two functions are about scikit-learn's
insides or its mistakes, and say so below.
"""

import linecache
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import sklearn.linear_model
from sklearn.datasets import load_iris

import thalweg.linear_model
from thalweg import SGDClassifier
from thalweg._core import linear_loss
from thalweg.linear_model import _training

# scikit-learn runs these tests without turning warnings into errors.
pytestmark = pytest.mark.filterwarnings("default")

OURS = SimpleNamespace(
    **{
        **vars(sklearn.linear_model),
        **{name: getattr(thalweg.linear_model, name) for name in thalweg.linear_model.__all__},
    }
)


class LossFunction:
    """One of our losses as `_sgd_fast` shows its own to tests."""

    def __init__(self, name, **parameters):
        self.config = {"name": name, **parameters}

    def _at(self, p, y):
        (value,), (slope,) = linear_loss(self.config, np.array([float(y)]), np.array([float(p)]))
        return value, slope

    def py_loss(self, p, y):
        return self._at(p, y)[0]

    def py_dloss(self, p, y):
        return self._at(p, y)[1]


OUR_LOSSES = SimpleNamespace(
    Hinge=lambda threshold: LossFunction("hinge" if threshold else "perceptron"),
    SquaredHinge=lambda _: LossFunction("squared_hinge"),
    ModifiedHuber=lambda: LossFunction("modified_huber"),
    EpsilonInsensitive=lambda e: LossFunction("epsilon_insensitive", epsilon=e),
    SquaredEpsilonInsensitive=lambda e: LossFunction("squared_epsilon_insensitive", epsilon=e),
)

# File -> what is replaced, and by what.
CHANGES = {
    "test_sgd.py": {
        "from sklearn import datasets, linear_model, metrics\n": "from sklearn import datasets, "
        "metrics\n",
        "from sklearn.linear_model import _sgd_fast as sgd_fast\n": "",
        "@pytest.mark.no_check_spmatrix  # pickle breaks check_spmatrix\n": "",
        # It asserts that early stopping does not keep the best weights.
        "        max_iter=max_iter,\n        shuffle=shuffle,\n    )\n    clf1.fit(X, Y)\n": (
            "        max_iter=max_iter,\n        shuffle=shuffle,\n        like_sklearn=True,\n"
            "    )\n    clf1.fit(X, Y)\n"
        ),
    },
    "test_perceptron.py": {
        "from sklearn.linear_model import Perceptron\n": "Perceptron = linear_model.Perceptron\n",
    },
    "test_passive_aggressive.py": {
        "from sklearn.linear_model import (\n    PassiveAggressiveClassifier,\n"
        "    PassiveAggressiveRegressor,\n    SGDClassifier,\n    SGDRegressor,\n)\n": (
            "PassiveAggressiveClassifier = linear_model.PassiveAggressiveClassifier\n"
            "PassiveAggressiveRegressor = linear_model.PassiveAggressiveRegressor\n"
            "SGDClassifier = linear_model.SGDClassifier\n"
            "SGDRegressor = linear_model.SGDRegressor\n"
        ),
    },
}
ELSEWHERE = {
    # About the Python callback that scores the validation set; ours is below.
    "test_validation_mask_correctly_subsets",
    # About scikit-learn's plan to remove the passive-aggressive classes, which is not ours.
    "test_class_deprecation",
}


def load_exam(name):
    path = Path(find_spec("sklearn.linear_model").origin).parent / "tests" / name
    source = path.read_text(encoding="utf-8")
    for theirs, ours in CHANGES[name].items():
        assert source.count(theirs) == 1, theirs
        source = source.replace(theirs, ours)
    exam = ModuleType(f"sklearn_exam_{name.removesuffix('.py')}")
    exam.__file__ = str(path)
    vars(exam).update(linear_model=OURS, sgd_fast=OUR_LOSSES)
    sys.modules[exam.__name__] = exam  # it pickles objects of its classes
    linecache.cache[f"{path} as run"] = (len(source), None, source.splitlines(True), str(path))
    exec(compile(source, f"{path} as run", "exec"), vars(exam))
    return {name: value for name, value in vars(exam).items() if name.startswith("test_")}


EXAMS = {name: load_exam(name) for name in CHANGES}
for file, functions in EXAMS.items():
    for name, function in functions.items():
        if name not in ELSEWHERE:
            # Two files may use the same name.
            globals()[f"{file.removesuffix('.py')}_{name.removeprefix('test_')}"] = function


@pytest.fixture
def global_random_seed():
    """Stand in for scikit-learn's fixture, whose default is one fixed seed too."""
    return 42


def test_no_function_is_left_out():
    counts = {file: len(functions) for file, functions in EXAMS.items()}
    assert counts["test_sgd.py"] >= 92
    assert counts["test_perceptron.py"] >= 4
    assert counts["test_passive_aggressive.py"] >= 15
    assert {name for functions in EXAMS.values() for name in functions} >= ELSEWHERE


def test_validation_mask_correctly_subsets(monkeypatch):
    """What scikit-learn's test of this name asks of its callback."""
    masks = []

    def spy(*args):
        masks.append(args[3])
        return train_sgd(*args)

    train_sgd = _training.train_sgd
    monkeypatch.setattr(_training, "train_sgd", spy)
    X, y = load_iris(return_X_y=True)
    SGDClassifier(early_stopping=True, validation_fraction=0.2).fit(X, y)
    assert [int(mask.sum()) for mask in masks] == [int(0.2 * len(X))]
    assert [len(mask) for mask in masks] == [len(X)]
