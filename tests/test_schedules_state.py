"""What schedules remember: the state of ReduceLROnPlateau, and of the others none."""

from __future__ import annotations

import copy
import pickle
import re

import numpy as np
import pytest
from schedule_examples import every_schedule, example
from sklearn.base import clone

from thalweg.schedules import ReduceLROnPlateau


@every_schedule
def test_state_goes_round(cls):
    schedule = example(cls)
    state = schedule.state_dict()
    other = example(cls)
    other.load_state_dict(state)
    assert other.state_dict() == state
    with pytest.raises(ValueError, match="`state` must have the keys"):
        schedule.load_state_dict({**state, "momentum": 3})
    assert schedule.state_dict() == state


METRICS = [3.0, 2.0, 2.0, 2.5, 2.1, 1.0, np.nan, 1.0, 1.0, -1.0, -0.9, -0.8, -0.7, -2.0]


@pytest.mark.parametrize("rule", ["torch", "optax", "keras"])
@pytest.mark.parametrize("cut", range(len(METRICS)))
def test_a_plateau_goes_on_where_it_left_off(rule, cut):
    def build():
        return ReduceLROnPlateau(
            patience=1, factor=0.5, cooldown=2, rule=rule, accumulation_size=2, threshold=0.1
        )

    def run(schedule, metrics, lr):
        rates = []
        for metric in metrics:
            lr = schedule.update(metric, lr=lr)
            rates.append(lr)
        return rates

    whole = run(build(), METRICS, 0.8)
    first = build()
    rates = run(first, METRICS[:cut], 0.8)
    rest = build()
    rest.load_state_dict(first.state_dict())
    for successor in (rest, pickle.loads(pickle.dumps(first)), copy.deepcopy(first)):
        lr = rates[-1] if rates else 0.8
        assert rates + run(successor, METRICS[cut:], lr) == whole


def test_the_state_is_no_parameter():
    schedule = ReduceLROnPlateau()
    schedule.update(3.0, lr=0.5)
    assert schedule == ReduceLROnPlateau()
    assert clone(schedule).state_dict()["best"] is None


def test_a_negative_metric_that_gets_worse_reduces_the_rate():
    # best * (1 - threshold) would lie above a negative best, and each of these would be better.
    schedule = ReduceLROnPlateau(patience=2, factor=0.5, threshold=0.1)
    rates = [schedule.update(m, lr=0.5) for m in (-10.0, -9.5, -9.2, -8.8)]
    assert rates == [0.5, 0.5, 0.5, 0.25]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"factor": 1.0}, ValueError, "`factor` must be in [0, 1), got 1.0"),
        ({"patience": -1}, ValueError, "`patience` must be >= 0, got -1"),
        ({"patience": 0, "rule": "optax"}, ValueError, "`patience` must be at least 1 with the"),
        ({"threshold": -1.0}, ValueError, "`threshold` must be >= 0 and finite, got -1.0"),
        ({"mode": "up"}, ValueError, "`mode` must be 'min' or 'max', got 'up'"),
        ({"rule": "jax"}, ValueError, "`rule` must be 'torch' or 'optax' or 'keras', got 'jax'"),
        ({"accumulation_size": 0}, ValueError, "`accumulation_size` must be at least 1, got 0"),
    ],
)
def test_bad_values_of_a_plateau(settings, error, message):
    schedule = ReduceLROnPlateau(**settings)
    with pytest.raises(error, match=re.escape(message)):
        schedule.update(1.0, lr=0.5)
    assert schedule.state_dict() == ReduceLROnPlateau().state_dict()


def test_bad_metrics_rates_and_states():
    schedule = ReduceLROnPlateau()
    schedule.update(2.0, lr=0.5)
    state = schedule.state_dict()
    with pytest.raises(TypeError, match="`metric` must be a number, got 'x'"):
        schedule.update("x", lr=0.5)
    with pytest.raises(ValueError, match="`lr` must be >= 0 and finite, got -1"):
        schedule.update(1.0, lr=-1.0)
    for name, value, message in (
        ("best", "x", "`state['best']` must be a number, got 'x'"),
        ("num_bad_epochs", 1.5, "`state['num_bad_epochs']` must be an int, got 1.5"),
    ):
        with pytest.raises(TypeError, match=re.escape(message)):
            schedule.load_state_dict({**state, name: value})
    assert schedule.state_dict() == state
