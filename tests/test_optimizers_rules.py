"""What single rules promise beyond their formula at a constant rate."""

from functools import partial

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from optimizer_cases import uniform

from thalweg import MLPRegressor
from thalweg.optimizers import (
    ADOPT,
    ASGD,
    LAMB,
    MADGRAD,
    QHM,
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Adan,
    AdEMAMix,
    AggMo,
    DAdaptAdam,
    EMAMomentum,
    Lion,
    Muon,
    NAdam,
    OptimisticGD,
    Prodigy,
    RAdam,
    RMSprop,
    Rprop,
    Shampoo,
    SignSGD,
    Signum,
    SophiaG,
    SparseAdam,
    Yogi,
)

RATES = [0.1, 0.1, 0.05, 0.2, 0.025, 0.0125]


def path(optimizer, rates=RATES):
    """Return the parameters after each step, one rate a step, by the same gradients."""
    run = optimizer.init(uniform(0, [(9,)])[0])
    steps = []
    for t, rate in enumerate(rates):
        run.step(uniform(10 + t, [(9,)])[0], lr=rate)
        steps.append(run.params.copy())
    return np.array(steps)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (EMAMomentum(beta=0.0), SGD()),
        (QHM(nu=0.0), SGD()),
        (QHM(nu=1.0, momentum=0.7), EMAMomentum(beta=0.7)),
        (AggMo(betas=(0.7,)), SGD(momentum=0.7)),
        (OptimisticGD(beta=0.0), SGD()),
        (Lion(betas=(0.7, 0.7)), Signum(beta=0.7)),
        (Adadelta(rho=1.0), SGD()),
    ],
    ids=repr,
)
def test_rules_that_are_others(one, other):
    assert_allclose(path(one), path(other), rtol=1e-14)


def test_the_mean_gradient_is_the_heavy_ball_in_another_scale():
    shorter = [rate * 0.25 for rate in RATES]
    ema, ball = path(EMAMomentum(beta=0.75)), path(SGD(momentum=0.75), shorter)
    assert_allclose(ema, ball, rtol=1e-14)


def test_nesterov_is_a_quasi_hyperbolic_mean():
    longer = [rate * 4 for rate in RATES]
    nesterov = path(SGD(momentum=0.75, nesterov=True))
    assert_allclose(path(QHM(momentum=0.75, nu=0.75), longer), nesterov, rtol=1e-13)


def test_the_rate_is_inside_or_outside_the_velocity():
    run = {
        inside: RMSprop(momentum=0.5, rate_in_velocity=inside).init(np.ones(1))
        for inside in (False, True)
    }
    for inside, moved in run.items():
        moved.step(np.ones(1), lr=1e-2)
        before = moved.params.copy()
        moved.step(np.zeros(1), lr=1e-3)
        # What is left of the first step, 1 / sqrt(0.01), halved: at its own rate or the new one.
        assert_allclose(before - moved.params, 10 * 0.5 * (1e-2 if inside else 1e-3), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("eps_in_sqrt", [False, True])
def test_a_variance_that_rounding_makes_negative_is_zero(dtype, eps_in_sqrt):
    values = uniform(0, [(1000,)], dtype)[0] * 100
    settings = {"alpha": 0.5, "centered": True, "eps_in_sqrt": eps_in_sqrt}
    run = RMSprop(**settings).init(np.zeros(1000, dtype))
    negative = 0
    for _ in range(200):
        run.step(values)
        buffers = run.state_dict()["buffers"]
        negative += (buffers["square_avg"] < buffers["grad_avg"].astype(np.float64) ** 2).sum()
        assert np.isfinite(run.params).all()
    assert negative > 0


def test_the_average_begins_after_t0():
    run = ASGD(lr=0.1, lambd=0.0, t0=3).init(np.ones(2))
    assert_array_equal(run.eval_params, run.params)
    steps = []
    for t in range(1, 9):
        run.step(uniform(t, [(2,)])[0])
        steps.append(run.params.copy())
        # PyTorch's count: the first that stays in the average is that of step t0 + 2.
        expected = steps[-1] if t <= 5 else np.mean(steps[4:], axis=0)
        assert_allclose(run.eval_params, expected, rtol=1e-14)


def test_only_the_first_rate_of_rprop_counts():
    assert_array_equal(path(Rprop(lr=0.5)), path(Rprop(), [0.1] * len(RATES)))


def test_adagrad_s_rate_falls_by_itself():
    rates = [0.1 / (1 + 0.5 * t) for t in range(6)]
    assert_allclose(path(Adagrad(lr_decay=0.5), [0.1] * 6), path(Adagrad(), rates), rtol=1e-14)


def test_radam_may_wait():
    run = RAdam(lr=0.1, unrectified="skip").init(np.ones(3))
    for t in range(1, 8):
        before = run.params.copy()
        run.step(np.ones(3))
        assert (run.params == before).all() == (t <= 5)
    with pytest.raises(ValueError, match="`unrectified` must be 'sgd' or 'skip', got 'wait'"):
        RAdam(unrectified="wait").init(np.ones(3))


def test_rows_that_a_gradient_leaves_out_stay():
    run = SparseAdam(lr=0.1).init([np.ones((5, 3)), np.ones(4)], groups=[{"params": 1, "lr": 0.2}])
    none = np.array([], np.int64)
    run.step([(np.array([4, 1]), np.ones((2, 3))), (none, np.ones(0))])
    assert_array_equal(run.params[0][[0, 2, 3]], 1.0)
    assert_allclose(run.params[0][[1, 4]], 0.9)
    assert_array_equal(run.params[1], 1.0)
    run.step([(none, np.ones((0, 3))), (np.array([2]), np.ones(1))])
    assert_allclose(run.params[0][[1, 4]], 0.9)
    assert (run.params[1] != 1).tolist() == [False, False, True, False]


def test_rows_that_come_several_times_add_up():
    rng = np.random.default_rng(0)
    rows, values = rng.integers(0, 50, 200), rng.normal(size=(200, 7))
    summed = np.zeros((50, 7))
    np.add.at(summed, rows, values)
    runs = [SparseAdam(lr=0.1).init(np.zeros((50, 7))) for _ in range(2)]
    present = np.unique(rows)
    for _ in range(3):
        runs[0].step((rows, values))
        runs[1].step((present, summed[present]))
    assert_array_equal(runs[0].params, runs[1].params)


def test_estimators_refuse_rows():
    with pytest.raises(ValueError, match="SparseAdam"):
        MLPRegressor(solver=SparseAdam()).fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (ASGD(lambd=-1.0), "`lambd` must be >= 0"),
        (ASGD(t0=-1.0), "`t0` must be >= 0"),
        (Adadelta(rho=1.1), r"`rho` must be in \[0, 1\], got 1.1"),
        (Adagrad(lr_decay=-0.1), "`lr_decay` must be >= 0"),
        (Adagrad(initial_accumulator_value=-0.1), "`initial_accumulator_value` must be >= 0"),
        (AggMo(betas=()), "`betas` must be 1 to 8 numbers, got 0"),
        (AggMo(betas=(0.5,) * 9), "`betas` must be 1 to 8 numbers, got 9"),
        (AggMo(betas=(0.5, 1.0)), r"`betas\[1\]` must be in \[0, 1\)"),
        (EMAMomentum(beta=1.0), r"`beta` must be in \[0, 1\)"),
        (OptimisticGD(alpha=0.0), "`alpha` must be > 0"),
        (QHM(nu=1.5), r"`nu` must be in \[0, 1\]"),
        (RMSprop(alpha=1.0), r"`alpha` must be in \[0, 1\)"),
        (RMSprop(momentum=-0.1), r"`momentum` must be in \[0, 1\)"),
        (Rprop(etas=(1.0, 1.2)), r"`etas\[0\]` must be in \(0, 1\), got 1"),
        (Rprop(etas=(0.5, 1.0)), r"`etas\[1\]` must be > 1"),
        (Rprop(step_sizes=(0.0, 1.0)), r"`step_sizes\[0\]` must be > 0"),
        (Rprop(step_sizes=(1.0, 0.5)), r"`step_sizes\[1\]` must be finite and >= .* got 0.5"),
        (SparseAdam(eps=0.0), "`eps` must be > 0"),
    ],
    ids=repr,
)
def test_bad_values_are_named(optimizer, message):
    with pytest.raises(ValueError, match=message):
        optimizer.init(np.ones(2))


DECOUPLED = [
    AdaBelief,
    Adafactor,
    Adan,
    AdEMAMix,
    AdamW,
    Lion,
    Muon,
    SignSGD,
    Signum,
    SophiaG,
    partial(ADOPT, decouple=True),
    partial(Yogi, decoupled_weight_decay=True, initial_accumulator=0.0),  # else its means move it
    *(
        partial(rule, decoupled_weight_decay=True)
        for rule in (
            *(Adadelta, Adagrad, Adam, Adamax, AggMo, EMAMomentum, LAMB, NAdam, OptimisticGD),
            *(QHM, RAdam, RMSprop, SGD, Shampoo),
        )
    ),
]


@pytest.mark.parametrize("rule", DECOUPLED, ids=lambda r: getattr(r, "func", r).__name__)
def test_decay_without_the_rate_follows_the_schedule_alone(rule):
    start, nothing = uniform(0, [(3, 4), (2, 5)]), [np.zeros((3, 4)), np.zeros((2, 5))]
    optimizer = rule(lr=0.5, weight_decay=0.01, decay_with_lr=False)
    group = {"params": [1], "lr": 0.125, "weight_decay": 0.02}
    run = optimizer.init(start, groups=[group])
    factor = 1.0
    for lr in (0.5, 0.25, 0.1):  # of these ADOPT takes none at first
        decays = "ADOPT" not in str(rule) or lr < 0.5
        factor = np.multiply(factor, [1 - decays * lr / 0.5 * decay for decay in (0.01, 0.02)])
        run.step(nothing, lr=lr)
    if rule is Adan:  # it divides
        factor = [
            np.prod([1 / (1 + lr / 0.5 * d) for lr in (0.5, 0.25, 0.1)]) for d in (0.01, 0.02)
        ]
    for param, before, expected in zip(run.params, start, factor, strict=True):
        assert_allclose(param, before * expected, rtol=1e-12)


@pytest.mark.parametrize("rule", [DAdaptAdam, Prodigy], ids=lambda rule: rule.__name__)
def test_decay_without_the_rate_knows_nothing_of_the_rate_that_is_found(rule):
    settings = {"decouple": True, "d0": 1e-3, "weight_decay": 0.01}
    start, grads = uniform(0, [(3, 4)])[0], uniform(1, [(3, 4)])[0]
    bare = rule(**{**settings, "weight_decay": 0.0}).init(start)
    run = rule(**settings, decay_with_lr=False).init(start)
    for lr in (1.0, 0.5):
        run.step(np.zeros_like(start), lr=lr)  # nothing to go by yet: not even the decay
    assert_array_equal(run.params, start)
    run.step(grads, lr=0.25)
    for lr in (1.0, 0.5):
        bare.step(np.zeros_like(start), lr=lr)
    bare.step(grads, lr=0.25)
    assert_allclose(run.params - bare.params, -0.25 * 0.01 * start, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    ("optimizer", "flag"),
    [
        (Adam(decay_with_lr=False), "decoupled_weight_decay"),
        (NAdam(decay_with_lr=False), "decoupled_weight_decay"),
        (RAdam(decay_with_lr=False), "decoupled_weight_decay"),
        (Signum(decay_with_lr=False, decoupled_weight_decay=False), "decoupled_weight_decay"),
        (SignSGD(decay_with_lr=False, decoupled_weight_decay=False), "decoupled_weight_decay"),
        *(
            (rule(decay_with_lr=False), "decoupled_weight_decay")
            for rule in (
                *(Adadelta, Adagrad, Adamax, AggMo, EMAMomentum, LAMB, OptimisticGD),
                *(QHM, RMSprop, SGD, Shampoo, Yogi),
            )
        ),
        (ADOPT(decay_with_lr=False), "decouple"),
        (DAdaptAdam(decay_with_lr=False), "decouple"),
        (MADGRAD(decay_with_lr=False), "decouple_decay"),
        (Prodigy(decay_with_lr=False, decouple=False), "decouple"),
        (AdaBelief(decay_with_lr=False, weight_decouple=False), "weight_decouple"),
    ],
    ids=repr,
)
def test_only_a_decoupled_decay_can_do_without_the_rate(optimizer, flag):
    with pytest.raises(ValueError, match=f"`decay_with_lr` must be True without `{flag}`, got"):
        optimizer.init(np.ones(3))
