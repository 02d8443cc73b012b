"""Parameters of a linear model -> the dict from which the Rust core trains it on mini-batches."""

from __future__ import annotations

import math
from inspect import signature
from typing import Any

from numpy.typing import NDArray

from thalweg.linear_model._training import loss_config as sample_loss_config
from thalweg.optimizers import SGD, SWA, Optimizer, named
from thalweg.schedules import Adaptive, Constant, InvScaling, Optimal, Schedule

Config = dict[str, Any]

# Losses of the mean exp(x w + b), each with its power of the mean in the variance.
LOG_LINK = {"poisson": 1.0, "gamma": 2.0, "tweedie": None}
# Losses whose targets are 0 and 1; those of the others are -1 and 1.
_BITS = frozenset({"log_loss"})
# Parameters of scikit-learn's own rates.
_OF_RATES = ("learning_rate", "eta0", "power_t")


def takes_batches(estimator: Any) -> bool:
    """Tell whether a model is trained on mini-batches, and not sample by sample as scikit-learn's.

    Parameters
    ----------
    estimator : SGDClassifier or SGDRegressor
        Gives ``solver``, ``batch_size``, ``schedule`` and ``loss``.
    """
    return (
        estimator.solver is not None
        or estimator.schedule is not None
        or estimator.batch_size != 1
        or estimator.loss == "multinomial"
    )


def check_batches(estimator: Any) -> None:
    """Refuse parameters that would have no effect, or that mini-batches cannot honour.

    Raises
    ------
    ValueError
        Naming the parameter, the rule and the value.
    """
    if estimator.like_sklearn:
        raise ValueError(
            "`like_sklearn` must be False on mini-batches, which scikit-learn does not have, got "
            "True"
        )
    defaults = {name: signature(type(estimator)).parameters[name].default for name in _OF_RATES}
    if estimator.solver is not None:
        for name, default in defaults.items():
            if getattr(estimator, name) != default:
                raise ValueError(
                    f"`{name}` must be {default!r} with `solver`, which has a rate of its "
                    f"own, got {getattr(estimator, name)!r}"
                )
    elif estimator.schedule is not None and estimator.learning_rate != defaults["learning_rate"]:
        raise ValueError(
            f"`learning_rate` must be {defaults['learning_rate']!r} with `schedule`, which takes "
            f"its place, got {estimator.learning_rate!r}"
        )
    elif estimator.learning_rate in ("pa1", "pa2"):
        raise ValueError(
            "`learning_rate` must be 'constant', 'optimal', 'invscaling' or 'adaptive' on "
            f"mini-batches, got {estimator.learning_rate!r}"
        )


def check_domain(estimator: Any, y: NDArray[Any]) -> None:
    """Raise ValueError for targets that the loss is not defined for."""
    if estimator.loss not in LOG_LINK:
        return
    given = LOG_LINK[estimator.loss]
    power = estimator.power if given is None else given
    least = y.min()
    if (power >= 1 and least < 0) or (power >= 2 and least == 0):
        rule = "> 0" if power >= 2 else ">= 0"
        raise ValueError(f"`y` must be {rule} for loss={estimator.loss!r}, got {least}")


def output_of(estimator: Any, n_outputs: int) -> str:
    """Return the activation of the output: a softmax for the multinomial loss of many classes."""
    return "softmax" if estimator.loss == "multinomial" and n_outputs > 1 else "identity"


def loss_config(estimator: Any, n_outputs: int) -> str | Config:
    """Describe the loss; the multinomial log-loss of two classes is the logistic one."""
    if estimator.loss == "multinomial":
        return "log_loss" if n_outputs > 1 else {"name": "log_loss"}
    return sample_loss_config(estimator, estimator.loss)


def targets_of(estimator: Any) -> tuple[float, float]:
    """Return the targets of the samples that are not of a class, and of those that are."""
    return (0.0, 1.0) if estimator.loss in {*_BITS, "multinomial"} else (-1.0, 1.0)


def penalty_config(estimator: Any) -> Config:
    """Describe the penalty beside the mean loss.

    It is part of the gradient: that of the L1 norm is the sign of the coefficient, and 0 at 0.
    """
    alpha = float(estimator.alpha)
    ratio = {"l1": 1.0, "elasticnet": estimator.l1_ratio}.get(estimator.penalty, 0.0)
    if estimator.penalty is None:
        alpha = 0.0
    return {"alpha": alpha * (1 - ratio), "l1": alpha * ratio, "penalise_mean": True}


def optimizer_of(estimator: Any, batch_size: int) -> Optimizer:
    """Return the optimizer; an average of the coefficients is one around it.

    Parameters
    ----------
    estimator : SGDClassifier or SGDRegressor
        Gives ``solver``, ``eta0`` and ``average``.
    batch_size : int
        Samples of a step.
    """
    solver = estimator.solver
    if solver is None:
        solver = SGD(lr=float(estimator.eta0))
    elif not isinstance(solver, Optimizer):
        solver = named(solver)
    if not estimator.average:
        return solver
    # scikit-learn's `average` is the number of the first sample that enters the mean.
    return SWA(solver, start=(int(estimator.average) - 1) // batch_size, frequency=1)


def schedule_config(estimator: Any, horizon: dict[str, int]) -> Config:
    """Describe the schedule, which counts steps where scikit-learn's rates count samples.

    Parameters
    ----------
    estimator : SGDClassifier or SGDRegressor
        Gives ``schedule``, or ``learning_rate``, ``alpha`` and ``power_t``.
    horizon : dict
        For each thing that a schedule's time may count, how many times a fit may come to.
    """
    schedule: Schedule = Constant()
    if estimator.schedule is not None:
        schedule = estimator.schedule
    elif estimator.solver is not None:
        pass
    elif estimator.learning_rate == "optimal":
        schedule = Optimal(float(estimator.alpha), per="step")
    elif estimator.learning_rate == "invscaling":
        schedule = InvScaling(float(estimator.power_t), per="step")
    elif estimator.learning_rate == "adaptive":
        schedule = Adaptive()
    return schedule.to_config(horizon.get(getattr(schedule, "per", "step")))


def stopping_config(estimator: Any, epochs: int, score: str | None) -> Config:
    """Describe when to stop; never early without ``tol``."""
    never = estimator.tol is None or math.isinf(estimator.tol)
    return {
        "max_iter": epochs,
        "tol": 0.0 if never else float(estimator.tol),
        "n_iter_no_change": None if never else int(estimator.n_iter_no_change),
        "score": score,
    }


def batch_size_of(batch_size: int | str, n_samples: int) -> int:
    """Return the samples of a step; ``'full'`` and what is larger than all are all."""
    return n_samples if batch_size == "full" else min(int(batch_size), n_samples)
