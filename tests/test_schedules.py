"""Schedules: Python against the Rust registry, the parameter protocol, times, state, bad input."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from schedule_examples import EMPTY, REGISTRY, every_schedule, example
from sklearn.base import clone

from thalweg import _core, schedules
from thalweg.schedules import (
    ChainedScheduler,
    CosineDecay,
    CyclicLR,
    LambdaLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
    all_schedules,
)

FOLLOWERS = ("Adaptive", "ReduceLROnPlateau")
of_the_time = pytest.mark.parametrize(
    "schedule",
    [example(cls) for cls in all_schedules() if cls.__name__ not in FOLLOWERS],
    ids=lambda schedule: type(schedule).__name__,
)


def test_the_registries_agree():
    assert [cls._name() for cls in all_schedules()] == list(REGISTRY)
    for cls in all_schedules():
        fields = dict(REGISTRY[cls._name()])
        assert fields.pop("name") == cls._name()
        for name, default in cls._defaults().items():
            if name in cls._tabulated:
                for table in cls._tabulated[name]:
                    del fields[table]
            else:
                expected = fields.pop(name)
                assert default is EMPTY or default == expected or name == "total_steps", name
        assert not fields, cls
        assert cls.__name__ in schedules.__all__


def test_the_page_names_them_all():
    page = (Path(__file__).parents[1] / "docs" / "schedules.md").read_text()
    for cls in all_schedules():
        assert f"\n| `{cls.__name__}` |" in page
    for name in schedules.optax.__all__:
        assert f"`{name}`" in page
        assert getattr(schedules, name) is getattr(schedules.optax, name)


@every_schedule
def test_protocol(cls):
    original = example(cls)
    twin = clone(original)
    assert twin is not original
    assert twin == original
    assert twin != "constant"
    if "per" in twin.get_params():
        assert twin.set_params(per="step") is twin
        assert twin.per == "step"
        message = "`per` must be 'step' or 'epoch' or 'sample'( or None)?, got 5"
        with pytest.raises(ValueError, match=message):
            twin.set_params(per=5).to_config(3)
    assert pickle.loads(pickle.dumps(original)) == original
    assert repr(original).startswith(cls.__name__ + "(")
    with pytest.raises(ValueError, match="Invalid parameter 'rate' for schedule"):
        original.set_params(rate=1)
    _core.validate_schedule(original.to_config(horizon=5))


@of_the_time
def test_times(schedule):
    several = schedule(np.arange(50), lr=0.5)
    assert several.dtype == np.float64
    assert np.all(several >= 0)
    one = schedule(7, lr=0.5)
    assert type(one) is float
    assert one == several[7] == schedule(np.int32(7), lr=0.5)
    square = np.arange(49, -1, -1, dtype=np.uint8).reshape(5, 10)
    np.testing.assert_array_equal(schedule(square, lr=0.5), several[square])
    np.testing.assert_array_equal(schedule([3, 3, 4], lr=0.5), several[[3, 3, 4]])
    assert schedule(np.empty((0, 2), dtype=int), lr=0.5).shape == (0, 2)
    momentum = schedule.momentum(np.arange(50))
    assert (momentum is None) == (schedule.momentum(3) is None)
    if momentum is not None:
        assert momentum[3] == schedule.momentum(3)


@of_the_time
@pytest.mark.parametrize(
    ("t", "lr", "error", "message"),
    [
        (-1, 0.5, ValueError, "`t` must be >= 0, got -1"),
        ([0, -3], 0.5, ValueError, "`t` must be >= 0, got -3"),
        (1.0, 0.5, TypeError, "`t` must be an int or an array of ints, got 1.0"),
        (True, 0.5, TypeError, "`t` must be an int or an array of ints, got True"),
        ("3", 0.5, TypeError, "`t` must be an int or an array of ints, got '3'"),
        (0, -0.5, ValueError, "`lr` must be >= 0 and finite, got -0.5"),
        (0, np.nan, ValueError, "`lr` must be >= 0 and finite, got NaN"),
        (0, "fast", TypeError, "`lr` must be a number, got 'fast'"),
    ],
)
def test_wrong_times_and_rates(schedule, t, lr, error, message):
    with pytest.raises(error, match=re.escape(message)):
        schedule(t, lr=lr)


@pytest.mark.parametrize("cls", [getattr(schedules, name) for name in FOLLOWERS])
def test_what_does_not_follow_the_time_has_no_rate_at_a_time(cls):
    with pytest.raises(TypeError, match=f"{cls.__name__} follows"):
        cls()(3)
    assert cls().momentum(3) is None
    with pytest.raises(ValueError, match=re.escape("`schedulers[0]` must be a function of the")):
        ChainedScheduler([cls()])(3)


@pytest.mark.parametrize(
    ("schedule", "error", "message"),
    [
        (StepLR(0), ValueError, "`step_size` must be at least 1, got 0"),
        (StepLR(-3), ValueError, "`step_size` must be >= 0, got -3"),
        (StepLR(2.5), TypeError, "`step_size` must be an int, got 2.5"),
        (StepLR(True), TypeError, "`step_size` must be an int, got True"),
        (StepLR(3, gamma=-1), ValueError, "`gamma` must be >= 0 and finite, got -1.0"),
        (StepLR(3, gamma="x"), TypeError, "`gamma` must be a number, got 'x'"),
        (
            StepLR(3, per="day"),
            ValueError,
            "`per` must be 'step' or 'epoch' or 'sample', got 'day'",
        ),
        (schedules.MultiStepLR(3), TypeError, "`milestones` must be a sequence, got 3"),
        (schedules.MultiStepLR([0]), ValueError, "`milestones` must be at least 1 each, got [0]"),
        (schedules.MultiStepLR([1, 2.5]), TypeError, "`milestones[1]` must be an int, got 2.5"),
        (schedules.ConstantLR(np.inf), ValueError, "`factor` must be >= 0 and finite, got inf"),
        (schedules.LinearLR(0.0), ValueError, "`start_factor` must be > 0 and finite, got 0.0"),
        (schedules.LinearLR(total_iters=0), ValueError, "`total_iters` must be at least 1, got 0"),
        (schedules.CosineAnnealingLR(0), ValueError, "`T_max` must be at least 1, got 0"),
        (schedules.CosineAnnealingWarmRestarts(0), ValueError, "`T_0` must be at least 1, got 0"),
        (CyclicLR(0.5, 0.1), ValueError, "`max_lr` must be finite and at least `base_lr` = 0.5"),
        (CyclicLR(0.1, 0.5, mode="x"), ValueError, "`mode` must be 'triangular' or 'triangular2'"),
        (CyclicLR(0.1, 0.5, gamma=1.1), ValueError, "`gamma` must be at most 1 with"),
        (CyclicLR(0.1, 0.5, max_momentum=1), ValueError, "`max_momentum` must be in [0, 1)"),
        (CyclicLR(0.1, 0.5, scale_fn=3), TypeError, "`scale_fn` must be callable, got 3"),
        (CyclicLR(0.1, 0.5, scale_fn=lambda x: 2), ValueError, "`scales` must be at most 1 with"),
        (OneCycleLR(0.1), ValueError, "`total_steps` must be given, or else `epochs` and"),
        (OneCycleLR(0.1, epochs=0, steps_per_epoch=1), ValueError, "`epochs` must be at least 1"),
        (OneCycleLR(0.1, 10, pct_start=1.5), ValueError, "`pct_start` must be in [0, 1], got 1.5"),
        (OneCycleLR(0.1, 10, pct_start=0.6, three_phase=True), ValueError, "at most 0.5 with"),
        (
            OneCycleLR(0.1, 10, anneal_strategy="x"),
            ValueError,
            "must be 'cos' or 'linear', got 'x'",
        ),
        (OneCycleLR(0.1, 10, three_phase=1), TypeError, "`three_phase` must be a bool, got 1"),
        (LambdaLR(3), TypeError, "`lr_lambda` must be callable, got 3"),
        (LambdaLR(lambda t: -1), ValueError, "`lr_lambda(0)` must be >= 0 and finite, got -1.0"),
        (LambdaLR(lambda t: None), TypeError, "`lr_lambda(0)` must be a number, got None"),
        (SequentialLR([], []), ValueError, "`schedulers` must be at least one schedule, got 0"),
        (SequentialLR(3, []), TypeError, "`schedulers` must be a sequence, got 3"),
        (SequentialLR([3], []), TypeError, "`schedulers[0]` must be a schedule, got 3"),
        (SequentialLR([StepLR(3)], [3]), ValueError, "`milestones` must be 0 times, one less than"),
        (
            SequentialLR([StepLR(3), schedules.REX(3)], [3]),
            ValueError,
            "`schedulers[1].per` must be that of the other schedulers, unless `per` is given for",
        ),
        (
            SequentialLR([StepLR(3)] * 3, [5, 3]),
            ValueError,
            "`milestones` must be in ascending order, got [5, 3]",
        ),
        (CosineDecay(0.1, 5, warmup_steps=3), ValueError, "`warmup_steps` must be 0 without"),
        (CosineDecay(-0.1, 5), ValueError, "`initial_learning_rate` must be >= 0 and finite"),
        (schedules.ExponentialDecay(0.1, 5, 0.0), ValueError, "`decay_rate` must be > 0"),
        (
            schedules.PiecewiseConstantDecay([3], [0.1]),
            ValueError,
            "`values` must be 2 rates, one more than `boundaries`, got 1",
        ),
        (schedules.PiecewiseConstantDecay([3], [1, -1]), ValueError, "`values[1]` must be >= 0"),
        (
            schedules.PiecewiseInterpolate("linear", 0.1, [3]),
            TypeError,
            "`boundaries_and_scales` must be a mapping, got [3]",
        ),
        (
            schedules.CosineDecayRestarts(0.1, 5, t_mul=0.5),
            ValueError,
            "`t_mul` must be >= 1 and finite, got 0.5",
        ),
        (schedules.WarmupStableDecay(1, 1, 0), ValueError, "`decay_steps` must be at least 1"),
        (schedules.Optimal(0.0), ValueError, "`alpha` must be > 0 and finite, got 0.0"),
        (schedules.InvScaling(-1.0), ValueError, "`power_t` must be >= 0 and finite, got -1.0"),
    ],
    ids=repr,
)
def test_bad_values_are_named(schedule, error, message):
    with pytest.raises(error, match=re.escape(message)):
        schedule(0, lr=0.5)


def test_one_cycle_ends():
    schedule = OneCycleLR(0.5, total_steps=30)
    assert schedule(29) == schedule(30) == 0.5 / 25 / 1e4
    with pytest.raises(ValueError, match="`t` must be at most total_steps = 30, got 31"):
        schedule([3, 31])
    assert OneCycleLR(0.5, epochs=5, steps_per_epoch=6)(7) == schedule(7)


def test_members_of_a_sequence_may_be_anything():
    inner = ChainedScheduler([LambdaLR(lambda t: 1 / (1 + t)), CyclicLR(0.1, 0.5, 2)], per="epoch")
    outer = SequentialLR([StepLR(2, 0.5), inner], [3])
    assert outer(4) == inner(1) == pytest.approx(0.3)
    assert outer.momentum(0) is None
    assert outer.momentum(4) == inner.momentum(1)
    assert outer.momentum([0, 4]) is None


def test_functions_need_a_horizon_for_a_table():
    schedule = LambdaLR(lambda t: 1 / (1 + t))
    with pytest.raises(ValueError, match="`horizon` must be given to tabulate `lr_lambda`, got"):
        schedule.to_config()
    assert schedule.to_config(3)["factors"] == [1.0, 1 / 2, 1 / 3]
    assert SequentialLR([schedule], []).to_config(2)["schedulers"][0]["factors"] == [1.0, 0.5]


def test_values_of_numpy_are_plain():
    schedule = OneCycleLR(
        np.float32(0.5), np.int64(30), three_phase=np.False_, pct_start=np.float64(0.25)
    )
    config = schedule.to_config()
    assert [type(config[key]) for key in ("max_lr", "total_steps", "three_phase")] == [
        float,
        int,
        bool,
    ]
    assert schedules.MultiStepLR(np.array([1, 2])).to_config()["milestones"] == (1, 2)
    assert StepLR(7.0).to_config()["step_size"] == 7


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        ("warmup_cosine_decay_schedule", (0.0, 0.1, 5, 5), "`decay_steps` must be more than"),
        ("linear_schedule", (0.0, 0.1, 0), "`decay_steps` must be at least 1, got 0"),
        ("piecewise_constant_schedule", (0.1, {3: -1.0}), "`scales[0]` must be >= 0"),
        ("piecewise_interpolate_schedule", ("x", 0.1), "`interpolate_type` must be 'constant' or"),
    ],
)
def test_optax_functions_name_bad_values(function, arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        getattr(schedules, function)(*arguments)(0)


def test_the_optimizer_s_rate_in_place_of_an_initial_one():
    for schedule in (
        schedules.cosine_decay_schedule(None, 10),
        schedules.exponential_decay(None, 10, 0.5),
        schedules.linear_schedule(None, 0.0, 10),
        schedules.piecewise_constant_schedule(None, {3: 0.5}),
        schedules.InverseTimeDecay(None, 10, 0.5),
        schedules.CosineDecayRestarts(None, 10),
    ):
        assert schedule(0, lr=0.7) == 0.7
        np.testing.assert_allclose(schedule(range(9), lr=0.7), 7 * schedule(range(9), lr=0.1))


def test_without_a_rise_there_is_only_the_fall():
    schedule = schedules.warmup_exponential_decay_schedule(0.0, 0.8, 0, 1, 0.5)
    np.testing.assert_allclose(schedule([0, 1, 2]), [0.8, 0.4, 0.2])
