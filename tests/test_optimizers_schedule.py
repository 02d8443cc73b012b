"""Schedules of runs on arrays: each group from its own rate, as PyTorch's, by its formulas."""

import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from optimizer_cases import uniform

from thalweg.optimizers import SAM, SGD, Adam, DoG, Lookahead, RMSprop
from thalweg.schedules import (
    SWALR,
    Adaptive,
    ChainedScheduler,
    Constant,
    CosineAnnealingLR,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

STEPS = 7
OWN = (0.4, 0.1)  # rates of the two groups


def half(t):
    return 0.5**t


def slow(t):
    return 1 / (1 + t)


def triangle(t):
    """The height in a triangle of two steps up and two down."""
    return 1 - abs(t % 4 / 2 - 1)


def cosine(start, end, share):
    return end + (start - end) * (1 + np.cos(np.pi * share)) / 2


def one_cycle(peak, t, ends=(1.0, 5.0)):
    """Six steps, the peak at step 1."""
    low, last = peak / 25, peak / 25 / 1e4
    up, down = ends
    return cosine(low, peak, t / up) if t <= up else cosine(peak, last, (t - up) / (down - up))


PER = {"per": "step"}
CASES = [
    (ExponentialLR(gamma=0.5, **PER), lambda t, lr, i: lr * 0.5**t),
    (StepLR(step_size=3, gamma=0.1, **PER), lambda t, lr, i: lr * 0.1 ** (t // 3)),
    (
        CosineAnnealingLR(T_max=5, eta_min=0.05, **PER),
        lambda t, lr, i: cosine(lr, 0.05, t / 5),
    ),
    (LambdaLR(slow, **PER), lambda t, lr, i: lr * slow(t)),
    (LambdaLR([half, slow], **PER), lambda t, lr, i: lr * (half, slow)[i](t)),
    (
        MultiplicativeLR([lambda t: 0.5, lambda t: 0.9], **PER),
        lambda t, lr, i: lr * (0.5, 0.9)[i] ** t,
    ),
    (
        SWALR([0.2, 0.02], anneal_epochs=4, anneal_strategy="linear", **PER),
        lambda t, lr, i: lr + ((0.2, 0.02)[i] - lr) * min(t / 4, 1),
    ),
    (
        CyclicLR([0.1, 0.2], [0.5, 0.3], step_size_up=2, cycle_momentum=False),
        lambda t, lr, i: (0.1, 0.2)[i] + (0.4, 0.1)[i] * triangle(t),
    ),
    (
        SequentialLR([LambdaLR([half, slow]), LinearLR(0.5, total_iters=2)], [3], per="step"),
        lambda t, lr, i: lr * ((half, slow)[i](t) if t < 3 else min(0.5 + (t - 3) / 4, 1)),
    ),
    (
        ChainedScheduler([LambdaLR([half, slow], **PER), ExponentialLR(0.5, **PER)]),
        # LambdaLR sets the rate anew, from which the other takes its share.
        lambda t, lr, i: lr * (half, slow)[i](t) * (0.5 if t else 1),
    ),
    (
        [ExponentialLR(gamma=0.5, **PER), Constant()],
        lambda t, lr, i: lr * (0.5**t if i == 0 else 1),
    ),
]


def name(value):
    return f"{value!r:.40}" if not callable(value) or isinstance(value, type) else ""


def start():
    return {"w": uniform(0, [(3, 4)])[0], "b": uniform(1, [(4,)])[0]}


def grads(t):
    return {"w": uniform(10 + t, [(3, 4)])[0], "b": uniform(40 + t, [(4,)])[0]}


def follow(run, steps=STEPS):
    for t in range(run.t, steps):
        run.step(grads(t))
    return run


@pytest.mark.parametrize("split", [[{"params": "b", "lr": OWN[1]}], "all"], ids=["rest", "all"])
@pytest.mark.parametrize(("schedule", "rate"), CASES, ids=name)
def test_each_group_starts_from_its_own_rate(schedule, rate, split):
    groups = [{"params": "w"}, {"params": "b", "lr": OWN[1]}] if split == "all" else split
    run = SGD(lr=OWN[0]).init(start(), groups=groups, schedule=schedule)
    theta = start()
    for t in range(STEPS):
        assert_allclose(run.lr, rate(t, OWN[0], 0), rtol=1e-12)
        run.step(grads(t))
        for i, key in enumerate("wb"):
            theta[key] -= rate(t, OWN[i], i) * grads(t)[key]
            assert_allclose(run.params[key], theta[key], rtol=1e-12, atol=1e-15)


MOVING = [
    (
        CyclicLR(0.1, 0.5, step_size_up=2, base_momentum=[0.2, 0.5], max_momentum=[0.6, 0.9]),
        lambda t, i: 0.1 + 0.4 * triangle(t),
        lambda t, i: (0.6, 0.9)[i] - 0.4 * triangle(t),
    ),
    (
        OneCycleLR([0.5, 0.2], total_steps=6, pct_start=1 / 3),
        lambda t, i: one_cycle((0.5, 0.2)[i], t),
        lambda t, i: cosine(0.95, 0.85, t) if t <= 1 else cosine(0.85, 0.95, (t - 1) / 4),
    ),
]


@pytest.mark.parametrize(("schedule", "rate", "momentum"), MOVING, ids=name)
@pytest.mark.parametrize("own", [0.0, 0.7])
def test_the_momentum_of_each_group_moves(schedule, rate, momentum, own):
    groups = [{"params": "b"}]
    run = SGD(lr=1.0, momentum=own).init(start(), groups=groups, schedule=schedule)
    theta, velocity = start(), {"w": 0.0, "b": 0.0}
    for t in range(6):
        run.step(grads(t))
        for i, key in enumerate("wb"):
            velocity[key] = momentum(t, i) * velocity[key] + grads(t)[key]
            theta[key] -= rate(t, i) * velocity[key]
            assert_allclose(run.params[key], theta[key], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("optimizer", [Adam(lr=0.1), Lookahead(Adam(lr=0.1), k=3)], ids=repr)
def test_adam_takes_the_momentum_as_its_first_beta(optimizer):
    schedule = CyclicLR(0.1, 0.1, step_size_up=3, base_momentum=0.6, max_momentum=0.6)
    moved = follow(optimizer.init(start(), schedule=schedule))
    inner = {"betas": (0.6, 0.999)}
    if isinstance(optimizer, Lookahead):
        inner = {f"optimizer__{key}": value for key, value in inner.items()}
    plain = follow(optimizer.copy().set_params(**inner).init(start()))
    for key in "wb":
        assert_array_equal(moved.params[key], plain.params[key])


@pytest.mark.parametrize(
    "optimizer", [Adam(lr=0.1), RMSprop(momentum=0.5), DoG(), Lookahead(SGD(lr=0.1), k=3)], ids=repr
)
def test_it_is_the_same_as_to_hand_over_the_rates(optimizer):
    schedule = ExponentialLR(gamma=0.8, per="step")
    scheduled = follow(optimizer.init(start(), schedule=schedule))
    by_hand = optimizer.init(start())
    lr = by_hand.lr
    for t in range(STEPS):
        by_hand.step(grads(t), lr=schedule(t, lr=lr))
    for key in "wb":
        assert_array_equal(scheduled.params[key], by_hand.params[key])


@pytest.mark.parametrize(
    "schedule",
    [LambdaLR([half, slow], per="step"), CyclicLR(0.1, 0.5, step_size_up=2)],
    ids=["rates", "momentum"],
)
def test_a_run_goes_on_in_the_middle(schedule):
    optimizer, groups = SGD(lr=0.1, momentum=0.9), [{"params": "b", "lr": 0.2}]
    whole = follow(optimizer.init(start(), groups=groups, schedule=schedule))
    part = follow(optimizer.init(start(), groups=groups, schedule=schedule), 3)
    copied = pickle.loads(pickle.dumps(part))
    loaded = optimizer.init(start(), groups=groups, schedule=schedule)
    loaded.load_state_dict(part.state_dict())
    for run in (part, copied, loaded):
        follow(run)
        for key in "wb":
            assert_array_equal(run.params[key], whole.params[key])


def test_a_new_rate_is_where_the_schedule_starts_from():
    run = follow(SGD(lr=0.1).init(start(), schedule=ExponentialLR(gamma=0.5, per="step")), 2)
    run.set_params(lr=0.4, momentum=0.0)
    assert run.lr == 0.4 * 0.25
    before = run.params["w"].copy()
    run.step(grads(2))
    assert_allclose(run.params["w"], before - 0.1 * grads(2)["w"], rtol=1e-12)


def test_every_closure_of_a_step_sees_its_rate():
    def closure(params):
        return 0.0, {"w": np.ones((3, 4)), "b": np.ones(4)}

    run = SAM(SGD(lr=1.0)).init(start(), schedule=ExponentialLR(gamma=0.5, per="step"))
    for _ in range(2):
        run.step(closure=closure)
    assert_allclose(run.params["b"], start()["b"] - 1.5, rtol=1e-12)


@pytest.mark.parametrize(
    ("schedule", "error", "message"),
    [
        (StepLR(3), ValueError, "`schedule` must count steps on arrays, per='step', got per='ep"),
        (SequentialLR([StepLR(3), StepLR(2)], [3]), ValueError, "must count steps on arrays"),
        (0.1, TypeError, "`schedule` must be a schedule or a list of them, got 0.1"),
        ([Constant(), half], TypeError, "`schedule` must be a schedule or a list of them, got <"),
        ([Constant()] * 3, ValueError, "must have an entry for each of 2 groups, got 3"),
        (LambdaLR([half], per="step"), ValueError, "`lr_lambda` must have a value for each of 2 g"),
        (CyclicLR([0.1] * 3, 1.0), ValueError, "`base_lr` must have a value for each of 2 groups"),
        ([CyclicLR(0.1, 0.2), Constant()], ValueError, "must move the momentum of all groups or"),
        (ReduceLROnPlateau(), TypeError, "ReduceLROnPlateau follows a metric"),
        (Adaptive(), TypeError, "Adaptive"),
        (ExponentialLR(gamma=-1.0, per="step"), ValueError, "`gamma` must be >= 0"),
    ],
)
def test_what_cannot_be_followed_is_refused(schedule, error, message):
    with pytest.raises(error, match=message):
        SGD().init(start(), groups=[{"params": "b"}], schedule=schedule)


def test_beside_a_schedule_there_is_no_other_rate():
    run = SGD().init(start(), schedule=Constant())
    with pytest.raises(ValueError, match=r"`lr` must be None with a schedule, got 0\.1"):
        run.step(grads(0), lr=0.1)
    with pytest.raises(
        ValueError, match=r"`lr` must not be set on a run with a schedule, got 0\.1"
    ):
        run.lr = 0.1


def test_a_schedule_that_is_over_moves_nothing():
    run = follow(SGD().init(start(), schedule=OneCycleLR(0.1, total_steps=3)), 4)
    before = run.params["w"].copy()
    with pytest.raises(ValueError, match="3"):
        run.step(grads(4))
    assert run.t == 4
    assert_array_equal(run.params["w"], before)
