"""Optimizers around others: what they average, what groups can have of their own."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from optimizer_cases import advance, every_setting, fitting, same, traits, uniform

from thalweg.optimizers import (
    ASAM,
    EMA,
    SAM,
    SGD,
    SVRG,
    SWA,
    Adam,
    AdamW,
    DAdaptAdam,
    DoG,
    Lookahead,
    NAdam,
    PolyakSGD,
    Prodigy,
)

DATA = Path(__file__).parent / "data" / "parity" / "torch.json"
AVERAGES = {case["id"]: case for case in json.loads(DATA.read_text())["weight_averaging"]}
WRAPPERS = {
    "EMA": lambda inner: EMA(inner, decay=0.5),
    "SWA": lambda inner: SWA(inner, start=1, frequency=2),
    "Lookahead": lambda inner: Lookahead(inner, k=2),
    "Lookahead with reset": lambda inner: Lookahead(inner, k=2, reset_state=True),
}


@pytest.mark.parametrize(
    ("case", "make"),
    [("swa_equal", SWA), ("ema_0.9", lambda inner: EMA(inner, 0.9)), ("ema_0.999", EMA)],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_averages_are_pytorch_s(case, make, dtype):
    case = AVERAGES[case]
    run = make(SGD(lr=1.0)).init(np.array([7.0, -9.0], dtype))
    for theta, average in zip(case["sequence"], case["average_after_each"], strict=True):
        run.step(run.params - np.array(theta, dtype))
        assert_allclose(run.params, theta, rtol=1e-6 if dtype == np.float32 else 1e-12)
        assert_allclose(run.eval_params, average, rtol=1e-5 if dtype == np.float32 else 1e-12)


def test_swa_averages_every_so_many_steps_from_its_start():
    run = SWA(SGD(lr=1.0), start=3, frequency=2).init(np.array([0.0]))
    evaluated = []
    for _ in range(9):
        run.step(np.array([-1.0]))
        evaluated.append(float(run.eval_params[0]))
    # The parameters count the steps; those after steps 5, 7 and 9 are averaged.
    assert evaluated == [1, 2, 3, 4, 5, 5, 6, 6, 7]


@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
@every_setting()
def test_any_optimizer_may_be_within(optimizer, wrapper):
    outer = wrapper(optimizer)
    shapes = fitting(optimizer, [(5, 3), (7,)])
    run, bare = outer.init(uniform(0, shapes)), optimizer.init(uniform(0, shapes))
    averages = not isinstance(outer, Lookahead)
    for step in range(5):
        advance(run, step)
        advance(bare, step)
        if averages or step == 0:
            assert same(run.params, bare.params)
        if step == 2:
            state = run.state_dict()
    resumed = outer.init(uniform(9, shapes))
    resumed.load_state_dict(state)
    for step in range(3, 5):
        advance(resumed, step)
    assert same(resumed.state_dict(), run.state_dict())
    assert same(resumed.eval_params, run.eval_params)


@every_setting()
def test_a_restarted_optimizer_is_a_new_one(optimizer):
    shapes = fitting(optimizer, [(5, 3), (7,)])
    start = uniform(0, shapes)
    run = Lookahead(optimizer, k=2, alpha=1.0, reset_state=True).init(start)
    for cycle in range(2):
        bare = optimizer.init(start)
        for step in range(2):
            advance(run, 2 * cycle + step)
            advance(bare, 2 * cycle + step)
        assert same(run.params, bare.params)
        start = [p.copy() for p in bare.params]


def test_averages_within_averages_keep_apart():
    run = EMA(EMA(SGD(lr=1.0), decay=0.5), decay=0.25).init(np.array([4.0]))
    for _ in range(2):
        run.step(np.array([1.0]))
    buffers = run.state_dict()["buffers"]
    assert {name: float(array[0]) for name, array in buffers.items()} == {
        "outer_average": 2.25,
        "average": 2.5,
    }
    assert_array_equal(run.eval_params, [2.25])


def test_groups_of_the_optimizer_within():
    start, grads = uniform(0, [(3,), (4,)]), uniform(1, [(3,), (4,)])
    for group in ({"optimizer__lr": 0.5}, {"optimizer": SGD(lr=0.5)}):
        run = EMA(SGD(lr=0.1)).init(start, groups=[{"params": [1], **group}])
        run.step(grads)
        assert_allclose(run.params[0], start[0] - 0.1 * grads[0], rtol=1e-14)
        assert_allclose(run.params[1], start[1] - 0.5 * grads[1], rtol=1e-14)
    with pytest.raises(ValueError, match="`groups\\[0\\]` has no key 'k__lr'"):
        EMA(SGD()).init(start, groups=[{"params": [1], "k__lr": 0.5}])


@pytest.mark.parametrize(
    "optimizer",
    [SAM(SGD(lr=0.1)), ASAM(SGD(lr=0.1)), SVRG(SGD(lr=0.1)), Lookahead(SAM(SGD(lr=0.1)))],
    ids=repr,
)
def test_groups_have_their_own_rate_far_within(optimizer):
    name = next(name for name in optimizer.get_params() if name.rpartition("__")[2] == "lr")
    start, grads = uniform(0, [(3,), (4,)]), uniform(1, [(3,), (4,)])
    run = optimizer.init(start, groups=[{"params": [1], name: 0.5}])
    run.step(closure=lambda params: (0.0, grads))
    assert_allclose(run.params[0], start[0] - 0.1 * grads[0], rtol=1e-12)
    assert_allclose(run.params[1], start[1] - 0.5 * grads[1], rtol=1e-12)
    # They move in proportion to the optimizer's own.
    run.lr /= 2
    before = [param.copy() for param in run.params]
    run.step(closure=lambda params: (0.0, grads))
    assert_allclose(run.params[1], before[1] - 0.25 * grads[1], rtol=1e-12)
    with pytest.raises(ValueError, match=r"`groups\[0\]` has no key 'lr'"):
        optimizer.init(start, groups=[{"params": [1], "lr": 0.5}])


@pytest.mark.parametrize(
    ("optimizer", "group", "message"),
    [
        (
            DoG(),
            {"weight_decay": 0.5},
            r'`groups\[0\]\["weight_decay"\]` must be 0.0, as it is for',
        ),
        (Prodigy(), {"betas": (0.5, 0.5)}, r'`groups\[0\]\["betas"\]` must be \(0.9, 0.999\)'),
        (DAdaptAdam(), {"weight_decay": 0.5}, r'"weight_decay"\]` must be 0.0'),
        (PolyakSGD(), {"variant": "sps+"}, r"must be 'sps', as it is for all of PolyakSGD"),
        (ASAM(Adam()), {"rho": 1.0}, r'`groups\[0\]\["rho"\]` must be 0.5'),
        (SVRG(SGD()), {"period": 7}, r'`groups\[0\]\["period"\]` must be 100'),
        (EMA(DoG()), {"optimizer__eps": 0.5}, r'`groups\[0\]\["optimizer.eps"\]` must be 1e-8'),
    ],
)
def test_what_all_groups_share_is_the_optimizer_s_own(optimizer, group, message):
    with pytest.raises(ValueError, match=message):
        optimizer.init(uniform(0, [(3,), (4,)]), groups=[{"params": [1], **group}])


def test_groups_scale_their_part_of_a_shared_estimate():
    start, grads = uniform(0, [(3,), (4,)]), uniform(1, [(3,), (4,)])
    groups = [{"params": [1], "lr": 0.5, "weight_decay": 0.0}]
    run = Prodigy(d0=0.1, weight_decay=0.1).init(start, groups=groups)
    plain = Prodigy(d0=0.1).init(start)
    run.step(grads)
    plain.step(grads)
    assert_allclose(run.params[1] - start[1], 0.5 * (plain.params[1] - start[1]), rtol=1e-12)
    decayed = start[0] * (1 - 0.1 * 0.1)
    assert_allclose(run.params[0] - decayed, plain.params[0] - start[0], rtol=1e-12)


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (EMA(SGD(), decay=1.0), r"`decay` must be in \[0, 1\), got 1"),
        (SWA(SGD(), frequency=0), "`frequency` must be >= 1, got 0"),
        (Lookahead(SGD(), k=0), "`k` must be >= 1, got 0"),
        (Lookahead(SGD(), alpha=0.0), r"`alpha` must be in \(0, 1\], got 0"),
        (EMA(Lookahead(NAdam(lr=-1.0))), "`optimizer.optimizer.lr` must be > 0 and finite, got -1"),
        (ASAM(AdamW(), rho=0.0), "`rho` must be > 0"),
        (ASAM(AdamW(), eta=-0.1), "`eta` must be >= 0"),
        (Prodigy(d0=0.0), "`d0` must be > 0"),
        (Prodigy(growth_rate=0.5), "`growth_rate` must be >= 1, got 0.5"),
        (Prodigy(slice_p=0), "`slice_p` must be >= 1, got 0"),
        (DoG(init_eta=-0.1), "`init_eta` must be > 0"),
        (PolyakSGD(f_min=np.nan), "`f_min` must be finite, got NaN"),
    ],
    ids=repr,
)
def test_bad_values_are_named(optimizer, message):
    with pytest.raises(ValueError, match=message):
        optimizer.init(np.ones(3))


def test_a_wrapper_needs_what_the_optimizer_within_needs():
    assert traits(EMA(PolyakSGD()))["loss"]
    assert traits(Lookahead(ASAM(SGD())))["closure"]
    assert not traits(SWA(SGD()))["loss"]
