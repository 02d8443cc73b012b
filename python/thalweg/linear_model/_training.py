"""From checked arrays to fitted weights: seeds, layout and configuration, and one Rust call."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.linear_model._base import SPARSE_INTERCEPT_DECAY

from thalweg._core import get_num_threads, train_sgd
from thalweg.linear_model._printer import EpochPrinter
from thalweg.neural_network._inputs import to_rows

Config = dict[str, Any]

MAX_INT = np.iinfo(np.int32).max

# Hyper-parameters of losses, by the names of the estimator's parameters.
_OF_LOSS = {
    "huber": ("epsilon",),
    "epsilon_insensitive": ("epsilon",),
    "squared_epsilon_insensitive": ("epsilon",),
    "quantile": ("quantile",),
    "tweedie": ("power",),
}


def narrow(X: Any) -> Any:
    """Return a sparse X with indices of 32 bits, where its size allows it; others as they are.

    scikit-learn refuses indices of 64 bits, which SciPy makes without being asked.
    """
    if not issparse(X) or max(*X.shape, X.nnz) > MAX_INT:
        return X
    X = X.tocsr()
    if X.indices.dtype == np.int32:
        return X
    parts = (X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32))
    return type(X)(parts, shape=X.shape)


def loss_config(estimator: Any, loss: str) -> Config:
    """Describe a loss, by scikit-learn's name for it."""
    return {"name": loss} | {
        name: float(getattr(estimator, name)) for name in _OF_LOSS.get(loss, ())
    }


def problem_config(
    seed: int, class_: int | None = None, pos_weight: float = 1.0, neg_weight: float = 1.0
) -> Config:
    """Describe one training among those of a call.

    Parameters
    ----------
    seed : int
        Seed of the order.
    class_ : int, default=None
        The class that is trained against the rest, where the targets are numbers of classes.
    pos_weight, neg_weight : float, default=1.0
        Weights of this class and of the rest.
    """
    return {
        "seed": int(seed),
        "class": None if class_ is None else float(class_),
        "weight_pos": float(pos_weight),
        "weight_neg": float(neg_weight),
    }


@dataclass(frozen=True)
class Weights:
    """The weights of one or more models, one a row.

    Attributes
    ----------
    coef : ndarray of shape (n_models, n_features)
        Weights.
    intercept : ndarray of shape (n_models,)
        Constants.
    average_coef : ndarray of shape (n_models, n_features) or None
        Means of the weights over the steps; None where no mean is taken.
    average_intercept : ndarray of shape (n_models,) or None
        Means of the constants.
    """

    coef: NDArray[Any]
    intercept: NDArray[Any]
    average_coef: Any = None
    average_intercept: Any = None


@dataclass(frozen=True)
class Task:
    """What is to be trained on.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Features.
    y : ndarray of shape (n_samples,)
        Targets, or numbers of classes.
    sample_weight : ndarray of shape (n_samples,)
        Weights.
    held_out : ndarray of bool of shape (n_samples,)
        Rows that decide about stopping and do not train.
    problems : sequence of dict
        See `problem_config`.
    """

    X: Any
    y: NDArray[Any]
    sample_weight: NDArray[Any]
    held_out: NDArray[np.bool_]
    problems: Sequence[Config]


def train(
    estimator: Any,
    task: Task,
    start: Weights,
    *,
    loss: str,
    alpha: float,
    learning_rate: str,
    max_iter: int,
    score: str,
    one_class: bool = False,
) -> tuple[Weights, int]:
    """Train sample by sample.

    Parameters
    ----------
    estimator : object
        One of the estimators of this package: gives all other parameters. Left as it is.
    task : Task
        The data.
    start : Weights
        Where to begin. Left as they are.
    loss, alpha, learning_rate, max_iter
        As the estimator's parameters of these names, from which they may differ.
    score : {'accuracy', 'r2'}
        What early stopping looks at.
    one_class : bool, default=False
        Whether it is a one-class machine.

    Returns
    -------
    weights : Weights
        What has been learned.
    n_iter : int
        Epochs of the model that took most.

    Raises
    ------
    ValueError
        If weights overflow.
    """
    dtype = start.coef.dtype
    tol = estimator.tol
    config = {
        "loss": loss_config(estimator, loss),
        "penalty": str(estimator.penalty).lower(),
        "alpha": float(alpha),
        "l1_ratio": float(estimator._get_l1_ratio()),
        "learning_rate": learning_rate,
        "eta0": float(estimator.eta0),
        "power_t": float(estimator.power_t),
        "fit_intercept": bool(estimator.fit_intercept),
        "intercept_decay": SPARSE_INTERCEPT_DECAY if issparse(task.X) else 1.0,
        "one_class": one_class,
        "max_iter": int(max_iter),
        "tol": None if tol is None else float(tol),
        "n_iter_no_change": int(estimator.n_iter_no_change),
        "shuffle": bool(estimator.shuffle),
        "average": int(estimator.average),
        "t": float(estimator.t_),
        "score": score if estimator.early_stopping else None,
        "verbose": bool(estimator.verbose),
        "like_sklearn": bool(getattr(estimator, "like_sklearn", False)),
    }
    if estimator.early_stopping:
        warn_of_score(score, int(task.held_out.sum()))
    result = train_sgd(
        to_rows(task.X, dtype),
        np.require(task.y, dtype, ["C", "A"]),
        None if (task.sample_weight == 1).all() else np.require(task.sample_weight, dtype, "C"),
        task.held_out if estimator.early_stopping else None,
        np.require(start.coef, dtype, ["C", "A"]),
        np.asarray(start.intercept, np.float64),
        None if start.average_coef is None else np.require(start.average_coef, dtype, ["C", "A"]),
        None if start.average_coef is None else np.asarray(start.average_intercept, np.float64),
        config,
        list(task.problems),
        at_once(getattr(estimator, "n_jobs", None)),
        EpochPrinter() if estimator.verbose else None,
    )
    _announce(result["outcomes"], result["epochs"])
    averages = (result.get("average_coef"), result.get("average_intercept"))
    return Weights(result["coef"], result["intercept"], *averages), max(result["epochs"])


def warn_of_score(score: str, n_samples: int) -> None:
    """Warn in scikit-learn's words, if a score cannot be told from so few samples.

    Parameters
    ----------
    score : {'accuracy', 'r2'}
        What early stopping looks at.
    n_samples : int
        Samples held out.
    """
    if score == "r2" and n_samples < 2:
        warnings.warn(
            "R^2 score is not well-defined with less than two samples.",
            UndefinedMetricWarning,
            stacklevel=2,
        )


def at_once(n_jobs: int | None) -> int:
    """Return how many classes are trained side by side; the models do not depend on it.

    Raises
    ------
    ValueError
        If ``n_jobs`` is 0.
    """
    if n_jobs == 0:
        raise ValueError("`n_jobs` must not be 0, got 0")
    if n_jobs is not None and n_jobs > 0:
        return n_jobs
    return max(1, get_num_threads() + (0 if n_jobs is None else 1 + n_jobs))


def _announce(outcomes: Sequence[str], epochs: Sequence[int]) -> None:
    """Raise or warn, where a training did not come to an end of its own."""
    for outcome, epoch in zip(outcomes, epochs, strict=True):
        if outcome == "overflow":
            raise ValueError(
                f"Floating-point under-/overflow occurred at epoch #{epoch}. Scaling input data "
                "with StandardScaler or MinMaxScaler might help."
            )
    if "interrupted" in outcomes:
        warnings.warn("Training interrupted by user.", stacklevel=2)
