"""Parameters of an estimator -> the dict that the Rust core reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from thalweg.optimizers import SGD, Adam, Optimizer

Config = dict[str, Any]


def is_stochastic(solver: object) -> bool:
    """Tell whether a solver trains on mini-batches, and so supports ``partial_fit``."""
    return solver in ("sgd", "adam") or isinstance(solver, Optimizer)


def network_config(estimator: Any, units: Sequence[int], output: str) -> Config:
    """Describe the network and its loss.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Gives ``activation``, ``loss`` and ``alpha``.
    units : sequence of int
        Width of each layer, inputs and outputs included.
    output : {'identity', 'logistic', 'softmax', 'exp'}
        Activation of the last layer.

    Returns
    -------
    config : dict
        What ``MlpObjective`` takes, and the first part of what ``train_mlp`` takes.
    """
    return {
        "units": [int(width) for width in units],
        "activation": estimator.activation,
        "output": output,
        "loss": estimator.loss,
        "alpha": float(estimator.alpha),
    }


def solver_config(estimator: Any) -> Config:
    """Describe the optimizer: ``'sgd'`` and ``'adam'`` are scikit-learn's forms of both.

    scikit-learn's SGD keeps the rate in the velocity, and its Adam puts epsilon outside the
    corrected root.
    """
    if isinstance(estimator.solver, Optimizer):
        return estimator.solver.to_config()
    if estimator.solver == "sgd":
        return SGD(
            lr=estimator.learning_rate_init,
            momentum=estimator.momentum,
            # Without momentum there is no velocity to look ahead along.
            nesterov=bool(estimator.nesterovs_momentum) and estimator.momentum > 0,
            rate_in_velocity=True,
        ).to_config()
    return Adam(
        lr=estimator.learning_rate_init,
        betas=(estimator.beta_1, estimator.beta_2),
        eps=estimator.epsilon,
        epsilon_hat=True,
    ).to_config()


def schedule_config(estimator: Any) -> Config:
    """Describe the schedule of the rate, which every solver honours."""
    if estimator.learning_rate == "invscaling":
        return {"name": "invscaling", "power_t": float(estimator.power_t)}
    return {"name": estimator.learning_rate}


def stopping_config(estimator: Any, epochs: int, score: str | None) -> Config:
    """Describe when to stop; an infinite ``n_iter_no_change`` is None to the core."""
    patience = estimator.n_iter_no_change
    return {
        "max_iter": epochs,
        "tol": float(estimator.tol),
        "n_iter_no_change": None if math.isinf(patience) else int(patience),
        "score": score,
    }
