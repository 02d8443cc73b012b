"""Schedules against the values that PyTorch, optax and Keras compute."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from thalweg import schedules

DATA = Path(__file__).parent / "data" / "parity"
TORCH = json.loads((DATA / "torch_schedules.json").read_text())["lr_schedulers"]
OTHERS = json.loads((DATA / "schedules.json").read_text())


def assert_near(actual, expected):
    # The rates are around 0.1 to 1; a schedule that ends in 0 does so to rounding.
    assert_allclose(actual, expected, rtol=1e-12, atol=1e-15)


def from_torch(case):
    kwargs = dict(case["kwargs"])
    if "lr_lambda" in kwargs:
        kwargs["lr_lambda"] = eval("lambda e: " + kwargs["lr_lambda"])
    return getattr(schedules, case["scheduler"])(**kwargs)


@pytest.mark.parametrize("case", TORCH, ids=lambda case: case["id"])
def test_torch(case):
    schedule = from_torch(case)
    if "metrics" in case:
        rates = [case["base_lr"]]
        for metric in case["metrics"]:
            rates.append(schedule.update(metric, lr=rates[-1]))
        assert_near(rates, case["lr"])
        return
    times = np.arange(len(case["lr"]))
    assert_near(schedule(times, lr=case["base_lr"]), case["lr"])
    assert_near([schedule(int(t), lr=case["base_lr"]) for t in times], case["lr"])
    if "momentum" in case:
        assert_near(schedule.momentum(times), case["momentum"])
    else:
        assert schedule.momentum(times) is None


# The constructors in the file are those of the libraries: they are evaluated as they stand.
NAMES = {**vars(schedules), "optax": schedules}


@pytest.mark.parametrize("case", OTHERS["schedules"], ids=lambda case: case["ctor"])
def test_optax_and_keras(case):
    schedule = eval(case["ctor"], NAMES)
    times = np.arange(len(case["values"]))
    assert_near(schedule(times), case["values"])
    assert_near(schedule(times, lr=17.0), case["values"])
    assert isinstance(schedule, schedules.Schedule)


RULES = {
    "torch_rel_1e_2": {"rule": "torch", "threshold": 1e-2},
    "torch_abs_5e_2": {"rule": "torch", "threshold": 5e-2, "threshold_mode": "abs"},
    "optax_rtol_1e_2": {"rule": "optax", "threshold": 1e-2},
    "keras_min_delta_5e_2": {"rule": "keras", "threshold": 5e-2, "threshold_mode": "abs"},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    "case", OTHERS["reduce_on_plateau"], ids=lambda c: f"{c['patience']}-{c['cooldown']}"
)
def test_three_rules_of_a_plateau(case, rule):
    settings = {name: case[name] for name in ("patience", "cooldown", "factor")}
    schedule = schedules.ReduceLROnPlateau(**settings, **RULES[rule])
    rates = [case[rule][0]]
    for metric in case["metrics"]:
        rates.append(schedule.update(metric, lr=rates[-1]))
    assert_near(rates, case[rule])


def test_every_rule_and_schedule_of_the_files_is_covered():
    rules = {key for case in OTHERS["reduce_on_plateau"] for key in case}
    assert rules == {"metrics", "patience", "cooldown", "factor", *RULES}
    assert {case["lib"].split()[0] for case in OTHERS["schedules"]} == {"optax", "keras"}
