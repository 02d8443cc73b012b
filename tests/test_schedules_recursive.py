"""Closed forms against the recursive definitions, for arguments that hypothesis picks."""

from __future__ import annotations

import math

import numpy as np
import pytest
import schedule_recursions as recursive
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from thalweg import schedules

N = 60
rates = st.floats(1e-4, 10.0)
factors = st.floats(0.05, 1.0)
counts = st.integers(1, 25)
anneal = st.sampled_from(["cos", "linear"])


def decaying(t):
    return 0.9 + 0.1 * math.sin(t)


ARGUMENTS = {
    "StepLR": {"step_size": counts, "gamma": factors},
    "MultiStepLR": {"milestones": st.lists(st.integers(1, 50), max_size=6), "gamma": factors},
    "ConstantLR": {"factor": factors, "total_iters": counts},
    "LinearLR": {
        "start_factor": factors,
        "end_factor": st.floats(0.0, 1.0),
        "total_iters": counts,
    },
    "ExponentialLR": {"gamma": factors},
    "PolynomialLR": {"total_iters": counts, "power": st.floats(0.0, 4.0)},
    # Past the trough the recursion divides by what rounding has left of 0 if T_max is odd.
    "CosineAnnealingLR": {"T_max": counts, "eta_min": st.floats(0.0, 0.1)},
    "MultiplicativeLR": {"lr_lambda": st.just(decaying)},
    "SWALR": {"swa_lr": rates, "anneal_epochs": counts, "anneal_strategy": anneal},
}
MEMBERS = st.sampled_from(sorted(ARGUMENTS)).flatmap(
    lambda name: st.tuples(st.just(name), st.fixed_dictionaries(ARGUMENTS[name]))
)


def assert_near(actual, expected, scale):
    """The recursion's own roundings add up, relative to the largest rate."""
    assert_allclose(actual, expected, rtol=1e-11, atol=1e-11 * scale)


def build(member):
    name, arguments = member
    return getattr(schedules, name)(**arguments)


@given(member=MEMBERS, lr=rates)
def test_a_closed_form_is_its_recursion(member, lr):
    expected = recursive.run([member], lr, N)
    assert_near(build(member)(np.arange(N), lr=lr), expected, max(expected))


@given(members=st.lists(MEMBERS, min_size=1, max_size=4), lr=rates)
def test_a_chain_is_its_recursion(members, lr):
    expected = recursive.run(members, lr, N)
    chain = schedules.ChainedScheduler([build(member) for member in members])
    assert_near(chain(np.arange(N), lr=lr), expected, max([lr, *expected]))
    assert chain(N - 1, lr=lr) == chain(np.arange(N), lr=lr)[-1]


@given(
    members=st.lists(MEMBERS, min_size=1, max_size=4),
    lr=rates,
    gaps=st.lists(st.integers(1, 20), min_size=3, max_size=3),
)
def test_a_sequence_restarts_each_member(members, lr, gaps):
    milestones = np.cumsum(gaps)[: len(members) - 1].tolist()
    expected = []
    for member, begin, end in zip(members, [0, *milestones], [*milestones, N], strict=True):
        expected += recursive.run([member], lr, max(end - begin, 0))
    sequence = schedules.SequentialLR([build(member) for member in members], milestones)
    assert_near(sequence(np.arange(N), lr=lr), expected[:N], max(expected))


@given(T_0=counts, T_mult=st.integers(1, 4), eta_min=st.floats(0.0, 0.1), lr=rates)
def test_warm_restarts(T_0, T_mult, eta_min, lr):
    expected = recursive.warm_restarts(lr, N, T_0, T_mult, eta_min)
    actual = schedules.CosineAnnealingWarmRestarts(T_0, T_mult, eta_min)(np.arange(N), lr=lr)
    assert_near(actual, expected, lr)


@given(
    up=counts,
    down=counts,
    mode=st.sampled_from(["triangular", "triangular2", "exp_range"]),
    gamma=factors,
)
def test_cyclic(up, down, mode, gamma):
    expected, heights = recursive.cyclic(N, 0.1, 0.9, up, down, mode, gamma)
    schedule = schedules.CyclicLR(0.1, 0.9, up, down, mode, gamma)
    assert_near(schedule(np.arange(N)), expected, 1.0)
    assert_near(schedule.momentum(np.arange(N)), 0.9 - (0.9 - 0.8) * np.array(heights), 1.0)


@given(up=counts, down=counts, scale_mode=st.sampled_from(["cycle", "iterations"]))
def test_cyclic_with_heights_of_its_own(up, down, scale_mode):
    by_mode, _ = recursive.cyclic(
        N, 0.1, 0.9, up, down, {"cycle": "triangular2", "iterations": "exp_range"}[scale_mode], 0.9
    )
    scale = {"cycle": lambda x: 0.5 ** (x - 1), "iterations": lambda x: 0.9**x}[scale_mode]
    schedule = schedules.CyclicLR(0.1, 0.9, up, down, scale_fn=scale, scale_mode=scale_mode)
    assert_near(schedule(np.arange(N)), by_mode, 1.0)


@given(
    total_steps=st.integers(12, 80),
    pct_start=st.floats(0.1, 0.5),
    anneal_strategy=anneal,
    div_factor=st.floats(1.0, 50.0),
    final_div_factor=st.floats(1.0, 1e4),
    three_phase=st.booleans(),
)
def test_one_cycle(**arguments):
    expected = recursive.one_cycle(max_lr=0.9, **arguments)
    schedule = schedules.OneCycleLR(0.9, **arguments)
    assert_near(schedule(np.arange(arguments["total_steps"])), expected, 1.0)


@given(first=counts, t_mul=st.sampled_from([1.0, 1.5, 2.0, 3.0]), m_mul=factors)
def test_decay_with_restarts(first, t_mul, m_mul):
    schedule = schedules.CosineDecayRestarts(0.5, first, t_mul, m_mul, alpha=0.1)
    begin, length, height = 0.0, float(first), 1.0
    expected = []
    for t in range(N):
        while t >= begin + length:
            begin, length, height = begin + length, length * t_mul, height * m_mul
        wave = (1 + math.cos(math.pi * (t - begin) / length)) / 2
        expected.append(0.5 * (0.9 * height * wave + 0.1))
    assert_near(schedule(np.arange(N)), expected, 1.0)


@pytest.mark.parametrize("decay_type", ["1-sqrt", "cosine", "linear", "1-square"])
@settings(max_examples=20)
@given(w=st.integers(0, 20), s=st.integers(0, 20), d=counts, ratio=st.floats(0.0, 1.0))
def test_warm_up_stable_decay(decay_type, w, s, d, ratio):
    left = {
        "1-sqrt": lambda x: 1 - math.sqrt(x),
        "cosine": lambda x: (1 + math.cos(math.pi * x)) / 2,
        "linear": lambda x: 1 - x,
        "1-square": lambda x: 1 - x * x,
    }[decay_type]
    expected = [
        (t + 1) / w if t < w else (1 - ratio) * left(max(0, min(t - w - s, d)) / d) + ratio
        for t in range(N)
    ]
    actual = schedules.WarmupStableDecay(w, s, d, decay_type, ratio)(np.arange(N), lr=1.0)
    assert_near(actual, expected, 1.0)


@given(alpha=st.floats(1e-6, 1.0), t=st.integers(0, 10**6))
def test_optimal_is_scikit_learn_s(alpha, t):
    # sklearn.linear_model._sgd_fast, whose t counts from 1.
    typw = np.sqrt(1.0 / np.sqrt(alpha))
    optimal_init = 1.0 / (typw * alpha)
    expected = 1.0 / (alpha * (optimal_init + (t + 1) - 1))
    assert_allclose(schedules.Optimal(alpha)(t), expected, rtol=1e-12)


@given(power_t=st.floats(0.0, 3.0), t=st.integers(0, 10**9), lr=rates)
def test_inverse_scaling_is_a_power(power_t, t, lr):
    assert_allclose(schedules.InvScaling(power_t)(t, lr=lr), lr / (t + 1) ** power_t, rtol=1e-13)
