"""Schedules in train_mlp: rates, momentum and what is carried from one call to the next."""

from __future__ import annotations

import re

import numpy as np
import pytest
from core_calls import N, call, config
from schedule_examples import every_schedule, example

from thalweg import schedules

STEPS = N // 20  # in an epoch


def events(schedule, **changes):
    """Train, and return the rate after each epoch and the result."""
    seen = []
    settings = {"solver": {"name": "SGD", "lr": 0.01}, "n_iter_no_change": None, **changes}
    result = call(
        config=config(schedule=schedule.to_config(horizon=4 * N + 1), **settings),
        on_epoch=lambda event: seen.append(event["learning_rate"]),
    )
    return seen, result


@every_schedule
@pytest.mark.parametrize("per", ["step", "epoch", "sample"])
def test_rates_are_the_schedule_s(cls, per):
    schedule = example(cls)
    if "per" in schedule.get_params():
        schedule.set_params(per=per)
    seen, result = events(schedule, max_iter=4)
    if cls.__name__ in ("Adaptive", "ReduceLROnPlateau"):
        expected = [0.01] * 4
    else:
        times = np.arange(1, 5) * {"step": STEPS, "epoch": 1, "sample": N}[per]
        if cls.__name__ == "OneCycleLR":
            times = np.minimum(times, schedule.total_steps)
        expected = schedule(times, lr=0.01)
    # The first rate of Optimal, 10, is too large for this problem.
    assert len(seen) == 4 or result["outcome"] == "diverged"
    np.testing.assert_array_equal(seen, expected[: len(seen)])
    assert result["progress"]["epochs"] == len(seen)


@every_schedule
def test_a_run_goes_on_where_it_left_off(cls):
    schedule = example(cls).to_config(horizon=100)
    settings = {"schedule": schedule, "n_iter_no_change": None}
    whole = call(config=config(max_iter=4, **settings))
    half = call(config=config(max_iter=2, **settings))
    rest = call(
        params=half["params"],
        config=config(max_iter=2, progress=half["progress"], **settings),
        state=half["state"],
    )
    np.testing.assert_array_equal(rest["params"], whole["params"])
    assert rest["progress"] == whole["progress"]
    assert rest["state"]["learning_rate"] == whole["state"]["learning_rate"]


def test_a_plateau_is_that_of_the_loss():
    schedule = schedules.ReduceLROnPlateau(patience=0, threshold=0.5, factor=0.5)
    seen, result = events(schedule, max_iter=6)
    lr, expected = 0.01, []
    for loss in result["loss_curve"]:
        lr = schedule.update(loss, lr=lr)
        expected.append(lr)
    assert seen == expected
    assert result["progress"]["plateau"] == schedule.state_dict()
    assert lr < 0.01


def test_a_plateau_is_that_of_the_validation_loss_where_there_is_one():
    schedule = schedules.ReduceLROnPlateau(patience=0, threshold=0.5, factor=0.5)
    result = call(
        validation_rows=np.arange(10),
        config=config(schedule=schedule.to_config(), score="r2", max_iter=4),
    )
    for loss in result["validation_losses"]:
        schedule.update(loss, lr=0.01)
    assert result["progress"]["plateau"] == schedule.state_dict()


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"name": "StepLR", "step_size": 0}, "`step_size` must be at least 1, got 0"),
        ({"name": "ReduceLROnPlateau", "mode": "max"}, "`mode` must be 'min', for it is a loss"),
        ({"name": "SteLR"}, "SteLR"),
        ({"name": "StepLR", "size": 3}, "size"),
    ],
)
def test_bad_schedules_are_refused_before_training(schedule, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call(config=config(schedule=schedule))
