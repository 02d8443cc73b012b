"""Training on mini-batches: one Rust call for all epochs of a fit, or for one of partial_fit."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from thalweg._core import optimizer_traits, train_mlp, validate_optimizer
from thalweg.neural_network._config import (
    Config,
    bias_config,
    gradient_configs,
    network_config,
    schedule_config,
    solver_config,
    stopping_config,
)
from thalweg.neural_network._inputs import Problem, check_part_weights
from thalweg.neural_network._messages import EpochPrinter
from thalweg.neural_network._outcome import INTERRUPTED, NON_FINITE, Outcome
from thalweg.neural_network._random import lend, take_back

Rows = NDArray[np.int64]

# Fitted attributes that a fit from scratch begins anew.
HISTORY = (
    "loss_",
    "loss_curve_",
    "best_loss_",
    "validation_scores_",
    "validation_loss_curve_",
    "best_validation_score_",
    "_no_improvement_count",
    "_optimizer",
)


@dataclass
class OptimizerState:
    """The optimizer of a fitted model, between two calls of ``partial_fit``.

    Attributes
    ----------
    config : dict
        What it was built from.
    learning_rate : float
        The rate after the schedule.
    step : int
        Steps taken.
    buffers : list of ndarrays
        Velocity or moments, packed.
    scalars : list of float
        The numbers that it keeps beside.
    groups : int
        Groups of parameters: one, or weights and biases.
    transforms : tuple of list and dict, or None
        The gradient transforms, and what they keep.
    schedule : dict
        The time of the schedule, and what it remembers of the losses.
    params : ndarray or None
        The weights that steps move, packed, where the model has an average of them, or where the
        optimizer keeps what fits no others.
    """

    config: Config
    learning_rate: float
    step: int
    buffers: list[NDArray[Any]]
    scalars: list[float] = field(default_factory=list)
    groups: int = 1
    transforms: tuple[list[Config], dict[str, Any]] | None = None
    schedule: dict[str, Any] = field(default_factory=dict)
    params: NDArray[Any] | None = None

    @classmethod
    def after(cls, config: Config, state: dict[str, Any], progress: dict[str, Any]) -> Self:
        """Return what the core went on from, where it reports a state and its counters."""
        return cls(
            config["solver"],
            state["learning_rate"],
            state["step"],
            list(state["buffers"]),
            list(state["scalars"]),
            _groups(config),
            (config["gradient_transforms"], state["transforms"]),
            {name: progress[name] for name in ("epochs", "plateau")},
            state["params"],
        )

    def resume(self, config: Config, dtype: np.dtype[Any]) -> dict[str, Any] | None:
        """Return what the core continues from, or None if it has to begin anew.

        New numbers, such as another rate, take effect and keep the buffers; another rule has no
        use for them.
        """
        solver = config["solver"]
        same = _rule(solver) == _rule(self.config) and self.groups == _groups(config)
        configs, kept = self.transforms or ([], None)
        kept = kept if configs == config["gradient_transforms"] else None
        # Before the first step only what is being accumulated is worth keeping.
        if not same or not (self.step or kept):
            return None
        rate = _rate(solver)
        changed = rate != _rate(self.config)
        state: dict[str, Any] = {
            "step": self.step,
            "learning_rate": rate if changed else self.learning_rate,
            "buffers": [np.require(buffer, dtype, ["C", "A"]) for buffer in self.buffers],
            "scalars": self.scalars,
        }
        if self.params is not None:
            state["params"] = np.require(self.params, dtype, ["C", "A"])
        if kept is not None:
            sums = [np.require(total, dtype, ["C", "A"]) for total in kept["sums"]]
            state["transforms"] = {"numbers": kept["numbers"], "sums": sums}
        return state


def fit_stochastic(
    estimator: Any,
    problem: Problem,
    params: NDArray[Any],
    rng: np.random.RandomState,
    incremental: bool,
) -> Outcome:
    """Train by SGD, Adam or another optimizer.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Gives the parameters, and the history to go on from. Left as it is.
    problem : Problem
        The data.
    params : ndarray of shape (n_parameters,)
        Initial weights, packed.
    rng : RandomState
        Draws the validation split and the order of each epoch.
    incremental : bool
        Train one epoch with the optimizer of the call before.

    Returns
    -------
    outcome : Outcome
        Weights and fitted attributes.
    """
    solver = solver_config(estimator)
    validate_optimizer(solver)
    transforms = gradient_configs(estimator)
    train_rows, validation_rows = _split(estimator, problem, rng)
    n_train = len(problem.Y) if train_rows is None else len(train_rows)
    score = None
    if validation_rows is not None:
        score = "accuracy" if is_classifier(estimator) else "r2"
    keeps = incremental or estimator.keep_optimizer_state
    before = getattr(estimator, "_optimizer", None) if keeps else None
    epochs = 1 if incremental else int(estimator.max_iter)
    batch_size = _batch_size(estimator.batch_size, n_train)
    config = {
        **network_config(estimator, problem.units, problem.output),
        "precision": estimator.precision or "native",
        **stopping_config(estimator, epochs, score),
        "batch_size": batch_size,
        "solver": solver,
        "bias_solver": bias_config(estimator, solver),
        "gradient_transforms": transforms,
        "penalise_biases": bool(estimator.weight_decay_biases),
        "schedule": schedule_config(estimator, _horizon(before, epochs, batch_size, n_train)),
        "progress": _progress(estimator, before),
    }
    result = train_mlp(
        problem.X,
        problem.Y,
        problem.sample_weight,
        train_rows,
        validation_rows,
        params,
        config,
        None if before is None else before.resume(config, params.dtype),
        lend(rng) if estimator.shuffle else None,
        EpochPrinter(estimator.tol, estimator.n_iter_no_change) if estimator.verbose else None,
    )
    take_back(rng, result["rng"])
    warning, error = _verdict(estimator, result["outcome"], incremental)
    weights, bearings = _to_keep(estimator, params, result)
    optimizer = None if bearings is None else OptimizerState.after(config, *bearings)
    attributes = {**_attributes(estimator, result), "_optimizer": optimizer}
    return Outcome(weights, attributes, warning, error)


def _rule(config: Config) -> tuple[Any, ...]:
    """Return what of an optimizer's configuration decides which state it has."""
    traits = optimizer_traits(config)
    return _modes(config), traits["buffers"], traits["numbers"]


def _modes(config: Config) -> Config:
    """Return the names and switches of an optimizer, and of one within it."""
    return {
        key: _modes(value) if isinstance(value, dict) else value
        for key, value in config.items()
        if isinstance(value, str | bool | dict)
    }


def _rate(config: Config) -> float | None:
    """Return the rate of an optimizer, or of the one within it; None where it finds its own."""
    if "lr" in config:
        return float(config["lr"])
    within = [value for value in config.values() if isinstance(value, dict)]
    return _rate(within[0]) if within else None


def _split(
    estimator: Any, problem: Problem, rng: np.random.RandomState
) -> tuple[Rows | None, Rows | None]:
    """Split row numbers as scikit-learn splits X; (None, None) means every row is for training."""
    if not estimator.early_stopping:
        return None, None

    def split(strata: NDArray[Any] | None) -> Any:
        return train_test_split(
            np.arange(len(problem.Y), dtype=np.int64),
            random_state=rng,
            test_size=estimator.validation_fraction,
            stratify=strata,
        )

    try:
        train, validation = split(problem.strata)
    except ValueError:
        # scikit-learn's strata are a column, of which it makes a string a row; its messages show.
        split(None if problem.strata is None else problem.strata[:, None])
        raise
    if len(validation) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    check_part_weights(problem.sample_weight, train, "training")
    check_part_weights(problem.sample_weight, validation, "validation")
    return train, validation


def _batch_size(batch_size: Any, n_samples: int) -> int:
    """Return the rows of a mini-batch; ``'auto'`` is 200 or as many as there are."""
    if isinstance(batch_size, str):
        return min(200, n_samples)
    if batch_size > n_samples:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped",
            stacklevel=6,
        )
    return int(np.clip(batch_size, 1, n_samples))


def _groups(config: Config) -> int:
    return 1 if config["bias_solver"] is None else 2


def _horizon(
    before: OptimizerState | None, epochs: int, batch_size: int, n_train: int
) -> dict[str, int]:
    """Return how many times of each kind there may be, for schedules that are tables."""
    steps, done = (0, 0) if before is None else (before.step, before.schedule.get("epochs", 0))
    per_epoch = -(-n_train // batch_size)
    return {"step": steps + epochs * per_epoch + 1, "epoch": done + epochs + 1}


def _progress(estimator: Any, before: OptimizerState | None) -> dict[str, Any]:
    """Return where the counters stand; a best value of None means that none was kept yet."""
    best_loss = getattr(estimator, "best_loss_", None)
    best_score = getattr(estimator, "best_validation_score_", None)
    return {
        "samples_seen": int(getattr(estimator, "t_", 0)),
        "best_loss": float("inf") if best_loss is None else float(best_loss),
        "best_score": -float("inf") if best_score is None else float(best_score),
        "no_improvement_count": int(getattr(estimator, "_no_improvement_count", 0)),
        **({} if before is None else before.schedule),
    }


def _to_keep(
    estimator: Any, start: NDArray[Any], result: dict[str, Any]
) -> tuple[NDArray[Any], tuple[dict[str, Any], dict[str, Any]] | None]:
    """Return the weights of the last step or, with early stopping, of the best score.

    With them comes what training goes on from: the state of the optimizer, and counters. Where the
    state is to be kept it goes back with the weights; else it stays that of the end, whose rate
    scikit-learn's models show.
    """
    last = result["params"], (result["state"], result["progress"])
    if not estimator.early_stopping:
        return last
    if result["best_params"] is not None:
        return result["best_params"], result["best"] if estimator.keep_optimizer_state else last[1]
    # No score beat the best so far. From scratch that means that every score was NaN. On a warm
    # start the last weights are kept, as in scikit-learn: short fits in a row would otherwise all
    # begin at the same place, and get no further.
    warm = bool(getattr(estimator, "validation_scores_", None))
    return last if warm else (start, None if estimator.keep_optimizer_state else last[1])


def _attributes(estimator: Any, result: dict[str, Any]) -> dict[str, Any]:
    """Return the fitted attributes; curves grow over warm starts, as in scikit-learn."""
    progress = result["progress"]
    curve = [*getattr(estimator, "loss_curve_", ()), *result["loss_curve"]]
    early = bool(estimator.early_stopping)

    def extended(name: str, new: list[float]) -> list[float] | None:
        return [*(getattr(estimator, name, None) or ()), *new] if early else None

    return {
        "n_iter_": result["epochs"],
        "t_": progress["samples_seen"],
        # Interrupted in the very first epoch, there is no loss to report.
        "loss_": curve[-1] if curve else float("nan"),
        "loss_curve_": curve,
        "best_loss_": None if early else progress["best_loss"],
        "validation_scores_": extended("validation_scores_", result["validation_scores"]),
        "validation_loss_curve_": extended("validation_loss_curve_", result["validation_losses"]),
        "best_validation_score_": progress["best_score"] if early else None,
        "_no_improvement_count": progress["no_improvement_count"],
    }


def _verdict(
    estimator: Any, outcome: str, incremental: bool
) -> tuple[tuple[str, type[Warning]] | None, str | None]:
    """Return the warning and the error that the end of a training calls for."""
    if outcome == "interrupted":
        return INTERRUPTED, None
    if outcome == "diverged":
        if not estimator.early_stopping:
            return None, NON_FINITE
        message = (
            "Stochastic Optimizer: Training diverged; the weights with the best validation score "
            "are kept. A smaller learning rate or scaled data may help."
        )
        return (message, ConvergenceWarning), None
    if outcome == "max_iter" and not incremental:
        message = (
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) "
            "reached and the optimization hasn't converged yet."
        )
        return (message, ConvergenceWarning), None
    return None, None
