"""Schedules, gradient transforms, groups and kept state in the estimators."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from thalweg import MLPClassifier, MLPRegressor
from thalweg.gradients import (
    L2,
    Accumulate,
    Centralize,
    ClipNorm,
    ClipPerExample,
    ClipValue,
    GaussianNoise,
    SkipNonFinite,
)
from thalweg.optimizers import SAM, SGD, Adam, AdamW
from thalweg.schedules import (
    CosineAnnealingLR,
    LambdaLR,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.RandomState(0)
X = RNG.randn(120, 4)
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
NUMBERS = X @ [1.0, -2.0, 0.5, 0.0] + 0.3
BOTH = pytest.mark.parametrize(
    ("cls", "y"), [(MLPClassifier, LABELS), (MLPRegressor, NUMBERS)], ids=["clf", "reg"]
)


def build(cls, **params):
    defaults = {"hidden_layer_sizes": (6, 5), "batch_size": 40, "max_iter": 3, "random_state": 1}
    return cls(**{**defaults, **params})


def weights(model):
    return b"".join(array.tobytes() for array in (*model.coefs_, *model.intercepts_))


@BOTH
@pytest.mark.parametrize(
    "params",
    [
        {"schedule": StepLR(1, 1.0)},
        {"gradient_transforms": []},
        {"gradient_transforms": [SkipNonFinite()]},
        {"gradient_transforms": [Accumulate(1)]},
        {"clip_norm": 1e6},
        {"clip_value": 1e6},
        {"weight_decay_biases": False},
        {"keep_optimizer_state": True},
    ],
    ids=str,
)
def test_what_changes_nothing(cls, y, params):
    assert weights(build(cls, **params).fit(X, y)) == weights(build(cls).fit(X, y))


@BOTH
def test_parameters_are_parameters(cls, y):
    given = {
        "schedule": StepLR(2),
        "gradient_transforms": [Accumulate(2), GaussianNoise(1e-4)],
        "clip_norm": 0.5,
        "clip_value": 0.3,
        "weight_decay_biases": False,
        "keep_optimizer_state": True,
    }
    model = build(cls, solver=AdamW(), **given)
    assert clone(model).get_params() == model.get_params()
    fitted = clone(model).fit(X, y)
    assert weights(model.fit(X, y)) == weights(fitted) == weights(pickle.loads(pickle.dumps(model)))


@BOTH
def test_the_rates_are_the_schedule_s(cls, y):
    for schedule in (CosineAnnealingLR(T_max=3), LambdaLR(lambda t: 0.5**t), OneCycleLR(0.1, 9)):
        model = build(cls, solver=SGD(lr=0.1), schedule=schedule).fit(X, y)
        t = 9 if isinstance(schedule, OneCycleLR) else 3
        assert model._optimizer.learning_rate == schedule(t, lr=0.1)
    by_hand = build(cls, solver=SGD(lr=0.1), max_iter=1, warm_start=True)
    scheduled = build(cls, solver=SGD(lr=0.1), schedule=StepLR(1, 0.5), shuffle=False)
    by_hand.set_params(shuffle=False)
    for lr in (0.1, 0.05, 0.025):
        by_hand.set_params(solver__lr=lr).fit(X, y)
    assert weights(scheduled.fit(X, y)) == weights(by_hand)


@BOTH
@pytest.mark.parametrize("solver", ["adam", SGD(lr=0.01, momentum=0.9), AdamW()], ids=repr)
@pytest.mark.parametrize(
    "schedule", [None, StepLR(2, 0.5), ReduceLROnPlateau(patience=0, threshold=0.5)], ids=repr
)
def test_kept_state_goes_on_with_the_same_bits(cls, y, solver, schedule):
    params = {
        "solver": solver,
        "schedule": schedule,
        "gradient_transforms": [Accumulate(2), GaussianNoise(1e-3)],
        "weight_decay_biases": False,
        "shuffle": False,
        "tol": 0.0,
    }
    whole = build(cls, max_iter=6, **params).fit(X, y)
    parts = build(cls, warm_start=True, keep_optimizer_state=True, **params).fit(X, y)
    parts = pickle.loads(pickle.dumps(parts)).fit(X, y)
    assert weights(whole) == weights(parts)
    steps = build(cls, **params)
    for _ in range(6):
        steps = pickle.loads(pickle.dumps(steps.partial_fit(X, y, **classes(cls))))
    assert weights(whole) == weights(steps)
    forgets = build(cls, warm_start=True, **params).fit(X, y).fit(X, y)
    assert weights(whole) != weights(forgets)


def classes(cls):
    return {"classes": [0, 1]} if cls is MLPClassifier else {}


@BOTH
def test_transforms_train_as_on_arrays(cls, y):
    """One step of the estimator is the transforms' functions and one step of the optimizer."""
    base = {"solver": SGD(lr=1.0), "batch_size": 120, "max_iter": 1, "alpha": 0.0}
    start = build(cls, **{**base, "solver": SGD(lr=1e-300)}).fit(X, y)
    plain = build(cls, **base).fit(X, y)
    for transform in (ClipNorm(0.01), ClipValue(0.01), ClipNorm(0.01, "inf")):
        model = build(cls, **base, gradient_transforms=[transform]).fit(X, y)
        before, after, moved = ([*m.coefs_, *m.intercepts_] for m in (start, plain, model))
        grads = [p - q for p, q in zip(before, after, strict=True)]
        for p, g, q in zip(before, transform(grads), moved, strict=True):
            np.testing.assert_allclose(p - g, q, rtol=1e-9, atol=1e-12)


@BOTH
def test_shorthands_take_their_place(cls, y):
    short = build(
        cls, clip_norm=0.1, clip_value=0.05, gradient_transforms=[Accumulate(2), Centralize()]
    )
    long = build(
        cls, gradient_transforms=[Accumulate(2), ClipValue(0.05), ClipNorm(0.1), Centralize()]
    )
    assert weights(short.fit(X, y)) == weights(long.fit(X, y))
    assert weights(short) != weights(build(cls).fit(X, y))


@BOTH
def test_centralised_gradients_keep_the_mean_of_each_unit(cls, y):
    build_one = {"solver": SGD(lr=0.1), "alpha": 0.0, "gradient_transforms": [Centralize()]}
    start = build(cls, **{**build_one, "solver": SGD(lr=1e-300)}).fit(X, y)
    model = build(cls, **build_one).fit(X, y)
    for before, after in zip(start.coefs_, model.coefs_, strict=True):
        np.testing.assert_allclose(after.mean(axis=0), before.mean(axis=0), atol=1e-14)
        assert not np.allclose(before, after)


@BOTH
def test_accumulated_batches_are_one_batch(cls, y):
    small = build(cls, batch_size=40, gradient_transforms=[Accumulate(3)], shuffle=False)
    large = build(cls, batch_size=120, shuffle=False)
    for a, b in zip(small.fit(X, y).coefs_, large.fit(X, y).coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@BOTH
@pytest.mark.parametrize("solver", [AdamW(weight_decay=0.5), SAM(SGD(weight_decay=0.5))], ids=repr)
def test_decay_leaves_intercepts_out(cls, y, solver):
    """With no gradient to follow, only decay moves anything."""
    both = build(cls, solver=solver, max_iter=1, batch_size=120).fit(X, y)
    weights_only = clone(both).set_params(weight_decay_biases=False).fit(X, y)
    for a, b in zip(both.coefs_, weights_only.coefs_, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any(
        not np.array_equal(a, b)
        for a, b in zip(both.intercepts_, weights_only.intercepts_, strict=True)
    )


@BOTH
def test_penalties_leave_intercepts_out(cls, y):
    base = {"gradient_transforms": [L2(0.5)], "max_iter": 1, "batch_size": 120, "solver": SGD()}
    both, free = (build(cls, weight_decay_biases=b, **base).fit(X, y) for b in (True, False))
    none = build(cls, **{**base, "gradient_transforms": None}).fit(X, y)
    for i in range(3):
        np.testing.assert_array_equal(both.coefs_[i], free.coefs_[i])
        np.testing.assert_array_equal(none.intercepts_[i], free.intercepts_[i])
        assert not np.array_equal(both.intercepts_[i], free.intercepts_[i])


def gradient_of(model, rows, y):
    """The gradient of the mean loss over some rows, weights first, by one step of plain SGD."""
    step = clone(model).set_params(
        gradient_transforms=None, solver=SGD(lr=1.0), batch_size=len(rows), max_iter=1
    )
    step.set_params(warm_start=True)
    for name, value in vars(model).items():
        if name.endswith("_") or name.startswith("_"):
            setattr(step, name, pickle.loads(pickle.dumps(value)))
    step.fit(X[rows], y[rows])
    before, after = ([*m.coefs_, *m.intercepts_] for m in (model, step))
    return [p - q for p, q in zip(before, after, strict=True)]


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("layers", [(), (6,), (6, 5)])
def test_each_example_is_clipped(activation, layers):
    base = {"alpha": 0.0, "max_iter": 1, "activation": activation, "hidden_layer_sizes": layers}
    start = build(MLPRegressor, solver=SGD(lr=1e-300), **base).fit(X, NUMBERS)
    rows = np.arange(10)
    singles = [gradient_of(start, rows[i : i + 1], NUMBERS) for i in rows]
    norms = [np.sqrt(sum((g**2).sum() for g in single)) for single in singles]
    bound = np.median(norms)
    clipped = [[g * min(1.0, bound / n) for g in s] for s, n in zip(singles, norms, strict=True)]
    expected = [np.mean(parts, axis=0) for parts in zip(*clipped, strict=True)]
    model = pickle.loads(pickle.dumps(start)).set_params(
        solver=SGD(lr=1.0), warm_start=True, gradient_transforms=[ClipPerExample(bound)]
    )
    model.set_params(batch_size=10).fit(X[rows], NUMBERS[rows])
    for p, q, g in zip(
        [*start.coefs_, *start.intercepts_],
        [*model.coefs_, *model.intercepts_],
        expected,
        strict=True,
    ):
        np.testing.assert_allclose(p - q, g, rtol=1e-10, atol=1e-12)


def test_noise_of_private_gradients():
    base = {"max_iter": 1, "batch_size": 120, "alpha": 0.0, "hidden_layer_sizes": (400,)}
    quiet, loud = (
        build(
            MLPRegressor,
            solver=SGD(lr=1.0),
            gradient_transforms=[ClipPerExample(0.5, noise_multiplier=sigma)],
            **base,
        ).fit(X, NUMBERS)
        for sigma in (0.0, 3.0)
    )
    noise = (loud.coefs_[0] - quiet.coefs_[0]).ravel() * 120 / (3.0 * 0.5)
    assert abs(noise.mean()) < 0.1
    assert abs(noise.std() - 1) < 0.1


def test_sparse_rows_are_clipped_alike():
    model = build(MLPRegressor, gradient_transforms=[ClipPerExample(0.1)])
    dense = clone(model).fit(X, NUMBERS)
    for a, b in zip(model.fit(csr_matrix(X), NUMBERS).coefs_, dense.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9)


@BOTH
@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"schedule": "cosine"}, ValueError, "The 'schedule' parameter of MLP"),
        ({"schedule": StepLR(0)}, ValueError, "`step_size` must be"),
        (
            {"schedule": StepLR(3), "learning_rate": "adaptive"},
            ValueError,
            "`learning_rate` must be 'constant' with `schedule`, .*, got 'adaptive'",
        ),
        ({"gradient_transforms": ClipNorm()}, ValueError, "The 'gradient_transforms' parameter of"),
        (
            {"gradient_transforms": ["clip"]},
            TypeError,
            r"`gradient_transforms\[0\]` must be a gradient transform, got 'clip'",
        ),
        ({"gradient_transforms": [ClipNorm(-1.0)]}, ValueError, "`max_norm` must be > 0"),
        (
            {"gradient_transforms": [ClipNorm(), ClipPerExample()]},
            ValueError,
            r"`gradient_transforms\[1\]` must be another than ClipPerExample, which comes first",
        ),
        (
            {"gradient_transforms": [ClipNorm()], "solver": SAM()},
            ValueError,
            "`gradient_transforms` must be None with SAM, which evaluates several gradients a step",
        ),
        ({"clip_norm": 0.0}, ValueError, "The 'clip_norm' parameter of MLP"),
        ({"clip_value": -1.0}, ValueError, "The 'clip_value' parameter of MLP"),
        ({"weight_decay_biases": "no"}, ValueError, "The 'weight_decay_biases' parameter of MLP"),
        ({"keep_optimizer_state": 2}, ValueError, "The 'keep_optimizer_state' parameter of MLP"),
        ({"solver": "lbfgs", "clip_norm": 1.0}, ValueError, "`clip_norm` must be None unless `sol"),
        (
            {"solver": "lbfgs", "schedule": StepLR(3)},
            ValueError,
            "`schedule` must be None unless `solver` is 'sgd', 'adam' or an optimizer, got StepLR",
        ),
        (
            {"solver": "lbfgs", "keep_optimizer_state": True},
            ValueError,
            "`keep_optimizer_state` must be False unless",
        ),
        ({"solver": "lbfgs", "weight_decay_biases": False}, ValueError, "must be True unless"),
    ],
    ids=str,
)
def test_bad_parameters(cls, y, params, error, message):
    model = build(cls, warm_start=True).fit(X, y)
    before, state = weights(model), dict(vars(model))
    with pytest.raises(error, match=message):
        model.set_params(**params).fit(X, y)
    assert weights(model) == before
    fitted = [name for name in state if name.endswith("_")]
    assert all(vars(model)[name] is state[name] for name in fitted)


def test_a_gradient_that_stays_infinite_is_said():
    model = build(MLPRegressor, gradient_transforms=[SkipNonFinite(2)], solver=Adam(), max_iter=9)
    with pytest.raises(ValueError, match="finite at least once in 3"):
        model.fit(X * 1e200, NUMBERS * 1e200)


def test_reaching_the_last_epoch_is_still_said():
    with pytest.warns(ConvergenceWarning):
        build(MLPRegressor, schedule=StepLR(2)).fit(X, NUMBERS)
