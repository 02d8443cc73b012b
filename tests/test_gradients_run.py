"""Gradient transforms in runs of an optimizer on arrays."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from thalweg.gradients import (
    L2,
    Accumulate,
    Centralize,
    ClipNorm,
    ClipPerExample,
    GaussianNoise,
    SkipNonFinite,
)
from thalweg.optimizers import SAM, SGD, Adam

START = {"w": np.ones((2, 3)), "b": np.zeros(2)}


def grads_of(seed, dtype=np.float64):
    rng = np.random.default_rng(seed)
    return {name: rng.standard_normal(p.shape).astype(dtype) for name, p in START.items()}


def same(a, b):
    return all(a[name].tobytes() == b[name].tobytes() for name in a)


def test_a_chain_is_its_transforms_in_their_order():
    chain = [ClipNorm(0.5), Centralize(), L2(0.1)]
    run, plain = (SGD(lr=0.1).init(START, **kw) for kw in ({"gradient_transforms": chain}, {}))
    for seed in range(3):
        grads = grads_of(seed)
        run.step(grads)
        for transform in chain:
            grads = transform(grads, plain.params)
        plain.step(grads)
        assert same(run.params, plain.params)
    other = SGD(lr=0.1).init(START, gradient_transforms=chain[::-1])
    other.step(grads_of(0))
    run = SGD(lr=0.1).init(START, gradient_transforms=chain)
    run.step(grads_of(0))
    assert not same(run.params, other.params)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (30, 10, 5)])
def test_micro_batches_are_one_batch(sizes):
    run = Adam().init(START, gradient_transforms=[Accumulate(3)])
    plain = Adam().init(START)
    for i, size in enumerate(sizes):
        assert run.t == 0
        run.step(grads_of(i), batch_size=size)
    total = sum(sizes)
    mean = {k: sum(n * grads_of(i)[k] for i, n in enumerate(sizes)) / total for k in START}
    plain.step(mean)
    assert run.t == 1
    for name in START:
        np.testing.assert_allclose(run.params[name], plain.params[name], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("way", ["state_dict", "deepcopy"])
def test_resuming_gives_the_same_bits(dtype, way):
    chain = [Accumulate(2), SkipNonFinite(), GaussianNoise(seed=3)]
    start = {name: p.astype(dtype) for name, p in START.items()}
    run = Adam().init(start, gradient_transforms=chain)
    for seed in range(3):
        run.step(grads_of(seed, dtype))
    if way == "deepcopy":
        other = copy.deepcopy(run)
    else:
        other = Adam().init(start, gradient_transforms=chain)
        other.load_state_dict(run.state_dict())
    for seed in range(3, 8):
        run.step(grads_of(seed, dtype))
        other.step(grads_of(seed, dtype))
        assert same(run.params, other.params)
    assert run.t == other.t == 4


def test_steps_are_skipped_and_counted():
    run = SGD().init(START, gradient_transforms=[SkipNonFinite(2)])
    bad = {**grads_of(0), "b": np.array([np.nan, 1.0])}
    for _ in range(2):
        assert run.step(bad, loss=1.0) is None
    assert same(run.params, START)
    assert run.t == 0
    before = run.state_dict()["gradient_transforms"]["numbers"]
    assert before == [[2.0, 2.0, 2.0]]
    with pytest.raises(ValueError, match=r"`grads` must be finite at least once in 3 \(max_cons"):
        run.step(bad)
    assert run.state_dict()["gradient_transforms"]["numbers"] == before
    assert run.step(grads_of(0), loss=1.0) == 1.0
    assert run.state_dict()["gradient_transforms"]["numbers"] == [[3.0, 0.0, 2.0]]


def test_a_step_that_fails_leaves_no_trace():
    run = Adam().init(START, gradient_transforms=[Accumulate(2), ClipNorm(1.0)])
    run.step(grads_of(0))
    before = run.state_dict()
    with pytest.raises(TypeError, match="must be an array of float64, got"):
        run.step({"w": None, "b": np.ones(2)})
    for wrong, message in (
        ({"grads": {"w": np.ones(3), "b": np.ones(2)}}, "`grads.'w'.` must be of shape"),
        ({"grads": {**grads_of(1), "b": np.full(2, np.inf)}}, "must be finite, got infinity"),
        ({"grads": grads_of(1), "lr": -1.0}, "`lr` must be >= 0"),
        ({"grads": grads_of(1), "batch_size": 0}, r"`weight` must be > 0 and finite, got 0\.0"),
    ):
        with pytest.raises(ValueError, match=message):
            run.step(**wrong)
        after = run.state_dict()
        assert after["gradient_transforms"]["numbers"] == before["gradient_transforms"]["numbers"]
        assert same(run.params, START)
    run.step(grads_of(1))
    plain = Adam().init(START, gradient_transforms=[Accumulate(2), ClipNorm(1.0)])
    plain.step(grads_of(0))
    plain.step(grads_of(1))
    assert same(run.params, plain.params)


def test_nonfinite_skip_comes_before_the_transforms():
    run = SGD().init(START, nonfinite="skip", gradient_transforms=[ClipNorm(1.0)])
    run.step({**grads_of(0), "b": np.full(2, np.inf)})
    assert (run.skipped, run.t) == (1, 0)
    assert run.state_dict()["gradient_transforms"]["numbers"] == [[0.0]]


@pytest.mark.parametrize(
    ("transforms", "error", "message"),
    [
        (ClipNorm(), TypeError, r"`gradient_transforms` must be a list .*, got ClipNorm\(\)"),
        (["clip"], TypeError, r"`gradient_transforms\[0\]` must be a gradient transform, got 'c"),
        ([ClipNorm(0.0)], ValueError, "`max_norm` must be > 0 and finite"),
        ([ClipPerExample()], ValueError, "a transform of whole gradients"),
    ],
)
def test_bad_transforms(transforms, error, message):
    with pytest.raises(error, match=message):
        SGD().init(START, gradient_transforms=transforms)


def test_what_does_not_go_together():
    run = SAM().init(START, gradient_transforms=[ClipNorm()])
    with pytest.raises(ValueError, match="`closure` must be None with gradient transforms"):
        run.step(closure=lambda params: (0.0, params))
    run = SGD().init(START, gradient_transforms=[ClipNorm()])
    state = SGD().init(START, gradient_transforms=[L2()]).state_dict()
    with pytest.raises(ValueError, match=r"`state_dict\['gradient_transforms'\]` must be of"):
        run.load_state_dict(state)
