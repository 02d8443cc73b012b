"""Parameters of an estimator -> the dict that the Rust core reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from thalweg.gradients import ClipNorm, ClipValue, GradientTransform
from thalweg.gradients._chain import transform_configs
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


def without_decay(solver: Config) -> Config:
    """Return an optimizer's configuration with no weight decay, in it or in one within it."""
    changed = {
        name: without_decay(value) if isinstance(value, dict) else value
        for name, value in solver.items()
    }
    return changed | {"weight_decay": 0.0} if "weight_decay" in changed else changed


def bias_config(estimator: Any, solver: Config) -> Config | None:
    """Describe the optimizer of the biases, or None if it is that of the weights."""
    changed = solver if estimator.weight_decay_biases else without_decay(solver)
    return None if changed == solver else changed


def gradient_configs(estimator: Any) -> list[Config]:
    """Describe the gradient transforms, with `clip_value` and `clip_norm` where users mean them.

    Raises
    ------
    TypeError
        If an item is no gradient transform.
    """
    configs = transform_configs(estimator.gradient_transforms or ())
    clips: list[GradientTransform] = []
    if estimator.clip_value is not None:
        clips.append(ClipValue(float(estimator.clip_value)))
    if estimator.clip_norm is not None:
        clips.append(ClipNorm(float(estimator.clip_norm)))
    before = ("ClipPerExample", "Accumulate", "SkipNonFinite")
    at = next((i for i, c in enumerate(configs) if c["name"] not in before), len(configs))
    return [*configs[:at], *transform_configs(clips), *configs[at:]]


def schedule_config(estimator: Any, horizon: dict[str, int]) -> Config:
    """Describe the schedule of the rate, which every solver honours.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Gives ``schedule``, or ``learning_rate`` and ``power_t``.
    horizon : dict
        For each thing that a schedule's time may count, how many times a fit may come to.
    """
    if estimator.schedule is not None:
        return estimator.schedule.to_config(horizon.get(getattr(estimator.schedule, "per", "step")))
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
