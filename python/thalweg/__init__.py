"""Perceptrons and linear models behind scikit-learn's own API, trained in Rust.

Everything here loads on first use: ``import thalweg`` reads this file alone, and neither
scikit-learn nor SciPy.

Examples
--------
>>> from sklearn.datasets import load_iris
>>> from thalweg import MLPClassifier
>>> X, y = load_iris(return_X_y=True)
>>> model = MLPClassifier(hidden_layer_sizes=16, max_iter=500, random_state=0).fit(X, y)
>>> model.score(X, y) > 0.95
True
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thalweg import display, exceptions, gradients, linalg, linear_model, optimizers, schedules
    from thalweg._core import __version__, get_num_threads, set_num_threads
    from thalweg._minimize import minimize
    from thalweg._system import show_config
    from thalweg.linear_model import (
        ElasticNet,
        Lasso,
        LinearRegression,
        LogisticRegression,
        PassiveAggressiveClassifier,
        PassiveAggressiveRegressor,
        Perceptron,
        Ridge,
        SGDClassifier,
        SGDOneClassSVM,
        SGDRegressor,
    )
    from thalweg.neural_network import MLPClassifier, MLPRegressor

__all__ = [
    "ElasticNet",
    "Lasso",
    "LinearRegression",
    "LogisticRegression",
    "MLPClassifier",
    "MLPRegressor",
    "PassiveAggressiveClassifier",
    "PassiveAggressiveRegressor",
    "Perceptron",
    "Ridge",
    "SGDClassifier",
    "SGDOneClassSVM",
    "SGDRegressor",
    "__version__",
    "display",
    "exceptions",
    "get_num_threads",
    "gradients",
    "linalg",
    "linear_model",
    "minimize",
    "optimizers",
    "schedules",
    "set_num_threads",
    "show_config",
]

# Public name -> the module that defines it.
_HOMES = {
    "ElasticNet": "thalweg.linear_model",
    "Lasso": "thalweg.linear_model",
    "LinearRegression": "thalweg.linear_model",
    "LogisticRegression": "thalweg.linear_model",
    "MLPClassifier": "thalweg.neural_network",
    "MLPRegressor": "thalweg.neural_network",
    "PassiveAggressiveClassifier": "thalweg.linear_model",
    "PassiveAggressiveRegressor": "thalweg.linear_model",
    "Perceptron": "thalweg.linear_model",
    "Ridge": "thalweg.linear_model",
    "SGDClassifier": "thalweg.linear_model",
    "SGDOneClassSVM": "thalweg.linear_model",
    "SGDRegressor": "thalweg.linear_model",
    "__version__": "thalweg._core",
    "get_num_threads": "thalweg._core",
    "minimize": "thalweg._minimize",
    "set_num_threads": "thalweg._core",
    "show_config": "thalweg._system",
}
_MODULES = frozenset(
    {
        "display",
        "exceptions",
        "gradients",
        "linalg",
        "linear_model",
        "neural_network",
        "optimizers",
        "schedules",
    }
)


def __getattr__(name: str) -> Any:
    """Import what ``name`` stands for, the first time it is asked for (PEP 562)."""
    if name in _MODULES:
        return import_module(f"thalweg.{name}")
    if name not in _HOMES:
        raise AttributeError(f"module 'thalweg' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value  # the next look-up finds it without coming here
    return value


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__, *_MODULES})
