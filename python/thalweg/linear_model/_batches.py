"""Linear models on mini-batches: one Rust call for all epochs of a fit, or for one of partial_fit.

The network that is trained has a single layer, and its coefficients are those of the model.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from thalweg._core import train_mlp, validate_optimizer
from thalweg.linear_model._batch_config import (
    Config,
    batch_size_of,
    loss_config,
    optimizer_of,
    output_of,
    penalty_config,
    schedule_config,
    stopping_config,
)
from thalweg.linear_model._training import warn_of_score
from thalweg.neural_network._inputs import Csr
from thalweg.neural_network._messages import EpochPrinter
from thalweg.neural_network._outcome import INTERRUPTED
from thalweg.neural_network._random import lend, take_back
from thalweg.neural_network._stochastic import OptimizerState

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Batches:
    """Checked training data of a linear model.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features), or CSR as (data, indices, indptr, n_features)
        Features.
    Y : ndarray of shape (n_samples, n_outputs)
        Targets of each output.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights.
    train_rows, validation_rows : ndarrays of int, or None
        Samples to train and to validate on; all of them, and none.
    validation : tuple of X and Y, or None
        Other data to validate on.
    """

    X: NDArray[Any] | Csr
    Y: NDArray[Any]
    sample_weight: NDArray[Any] | None
    train_rows: Rows | None = None
    validation_rows: Rows | None = None
    validation: tuple[Any, NDArray[Any]] | None = None

    @property
    def n_train(self) -> int:
        """Samples of an epoch."""
        return len(self.Y) if self.train_rows is None else len(self.train_rows)

    @property
    def n_validation(self) -> int | None:
        """Samples to validate on; None without validation."""
        if self.validation is not None:
            return len(self.validation[1])
        return None if self.validation_rows is None else len(self.validation_rows)


@dataclass(frozen=True)
class Trained:
    """The end of a training.

    Attributes
    ----------
    coef : ndarray of shape (n_outputs, n_features)
        Coefficients; always finite.
    intercept : ndarray of shape (n_outputs,)
        Intercepts.
    attributes : dict
        Fitted attributes by name.
    outcome : {'max_iter', 'converged', 'interrupted', 'diverged'}
        Why training ended.
    """

    coef: NDArray[Any]
    intercept: NDArray[Any]
    attributes: dict[str, Any]
    outcome: str

    def announce(self, estimator: Any, incremental: bool) -> None:
        """Emit the warning or raise the error that the end of a training calls for.

        Raises
        ------
        ValueError
            If the coefficients diverged with nothing to fall back on.
        """
        if self.outcome == "interrupted":
            warnings.warn(*INTERRUPTED, stacklevel=5)
        elif self.outcome == "diverged":
            # scikit-learn's words.
            raise ValueError(
                "Floating-point under-/overflow occurred at epoch "
                f"#{self.attributes['n_iter_']}. Scaling input data with StandardScaler or "
                "MinMaxScaler might help."
            )
        elif self.outcome == "max_iter" and not incremental and estimator.tol is not None:
            warnings.warn(
                "Maximum number of iteration reached before convergence. Consider increasing "
                "max_iter to improve the fit.",
                ConvergenceWarning,
                stacklevel=5,
            )


def train_batches(
    estimator: Any,
    data: Batches,
    coef: NDArray[Any],
    intercept: NDArray[Any],
    incremental: bool,
) -> Trained:
    """Train a linear model by any optimizer.

    Parameters
    ----------
    estimator : SGDClassifier or SGDRegressor
        Gives the parameters, and under ``partial_fit`` the state to go on from. Left as it is.
    data : Batches
        The data.
    coef, intercept : ndarrays of shapes (n_outputs, n_features) and (n_outputs,)
        Where to begin.
    incremental : bool
        Train one epoch with the optimizer of the call before.

    Returns
    -------
    trained : Trained
        Coefficients and fitted attributes.
    """
    n_outputs, n_features = coef.shape
    size = batch_size_of(estimator.batch_size, data.n_train)
    solver = optimizer_of(estimator, size).to_config()
    validate_optimizer(solver)
    before: OptimizerState | None = getattr(estimator, "_optimizer", None) if incremental else None
    epochs = 1 if incremental else int(estimator.max_iter)
    score = None
    if data.n_validation is not None:
        score = "accuracy" if is_classifier(estimator) else "r2"
        warn_of_score(score, data.n_validation)
    config = {
        "units": [n_features, n_outputs],
        "activation": "identity",
        "output": output_of(estimator, n_outputs),
        "loss": loss_config(estimator, n_outputs),
        **penalty_config(estimator),
        "holds_biases": not estimator.fit_intercept,
        **stopping_config(estimator, epochs, score),
        "batch_size": size,
        "solver": solver,
        "bias_solver": None,
        "gradient_transforms": [],
        "schedule": schedule_config(estimator, _horizon(before, epochs, size, data.n_train)),
        "progress": _progress(estimator, before, incremental),
    }
    params = np.concatenate([coef.T.ravel(), intercept])
    rng = check_random_state(estimator.random_state)
    result = train_mlp(
        data.X,
        data.Y,
        data.sample_weight,
        data.train_rows,
        data.validation_rows,
        params,
        config,
        None if before is None else before.resume(config, params.dtype),
        lend(rng) if estimator.shuffle else None,
        EpochPrinter(config["tol"], estimator.n_iter_no_change) if estimator.verbose else None,
        data.validation,
    )
    take_back(rng, result["rng"])
    learned, bearings = result["params"], (result["state"], result["progress"])
    validates = score is not None
    if validates and result["best_params"] is not None:
        learned, bearings = result["best_params"], result["best"]
    return Trained(
        np.ascontiguousarray(learned[: coef.size].reshape(n_features, n_outputs).T),
        learned[coef.size :].copy(),
        {
            **_attributes(result, validates),
            "_optimizer": OptimizerState.after(config, *bearings),
        },
        result["outcome"],
    )


def _horizon(before: OptimizerState | None, epochs: int, size: int, n_train: int) -> dict[str, int]:
    """Return how many times of each kind there may be, for schedules that are tables."""
    steps, done = (0, 0) if before is None else (before.step, before.schedule.get("epochs", 0))
    return {"step": steps + epochs * -(-n_train // size) + 1, "epoch": done + epochs + 1}


def _progress(estimator: Any, before: OptimizerState | None, incremental: bool) -> Config:
    """Return where the counters stand; each fit begins anew, and partial_fit goes on."""
    return {
        # scikit-learn counts samples from 1.
        "samples_seen": int(getattr(estimator, "t_", 1)) - 1 if incremental else 0,
        "best_loss": float("inf") if before is None else float(estimator.best_loss_),
        "best_score": -float("inf"),
        "no_improvement_count": 0,
        **({} if before is None else before.schedule),
    }


def _attributes(result: dict[str, Any], validates: bool) -> dict[str, Any]:
    """Return the fitted attributes."""
    progress = result["progress"]
    attributes = {
        "n_iter_": result["epochs"],
        "t_": 1.0 + progress["samples_seen"],
        "loss_curve_": result["loss_curve"],
        "best_loss_": progress["best_loss"],
    }
    if validates:
        attributes |= {
            "validation_scores_": result["validation_scores"],
            "validation_loss_curve_": result["validation_losses"],
            "best_validation_score_": progress["best_score"],
        }
    return attributes
