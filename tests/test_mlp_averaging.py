"""Estimators and optimizers that average: the model is the average, the steps go on beside it."""

import copy
import pickle
import warnings

import core_calls
import numpy as np
import pytest
import reference
from core_calls import N_PARAMS, UNITS, N, call
from layouts import normal
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score

from thalweg import MLPClassifier, MLPRegressor, _core
from thalweg.optimizers import (
    ASGD,
    EMA,
    SAM,
    SGD,
    SWA,
    Adam,
    Lookahead,
    ScheduleFreeAdamW,
    ScheduleFreeRAdam,
    ScheduleFreeSGD,
)

AVERAGING = [
    ScheduleFreeSGD(lr=0.1),
    ScheduleFreeAdamW(lr=0.01, warmup_steps=3, weight_decay=0.1),
    ScheduleFreeRAdam(lr=0.01),
    EMA(Adam(lr=0.01), decay=0.8),
    SWA(SGD(lr=0.1), start=4, frequency=3),
    ASGD(lr=0.1, t0=2),
    EMA(Lookahead(SGD(lr=0.1), k=2), decay=0.5),
    Lookahead(ScheduleFreeSGD(lr=0.1), k=5, reset_state=True),
]
every = pytest.mark.parametrize("optimizer", AVERAGING, ids=repr)
SMALL = {"hidden_layer_sizes": 5, "alpha": 0.0, "batch_size": 8, "random_state": 0}


def data(dtype=np.float64):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 4)).astype(dtype)
    return X, np.argmax(X[:, :3] + 0.3 * rng.normal(size=(20, 3)), axis=1)


def fit(model, *args):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(*args)


def weights(model):
    return model.coefs_ + model.intercepts_


def assert_same(model, other):
    for a, b in zip(weights(model), weights(other), strict=True):
        assert_array_equal(a, b)


def with_rate(optimizer, lr):
    """Return an optimizer, or one around others, that moves by another rate."""
    name = next(name for name in optimizer.get_params() if name.rpartition("__")[2] == "lr")
    return optimizer.copy().set_params(**{name: lr})


@every
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_model_is_the_average_of_a_run(optimizer, dtype):
    X, y = data(dtype)
    start = MLPClassifier(**SMALL, solver=SGD(lr=1e-300), shuffle=False, max_iter=1)
    params = weights(fit(start, X, y))
    model = MLPClassifier(**SMALL, solver=optimizer, shuffle=False, max_iter=4)
    fit(model, X, y)
    run = optimizer.init(params)
    config = {"units": [4, 5, 3], "activation": "relu", "output": "softmax", "loss": "log_loss"}
    losses = []
    for _ in range(4):
        for batch in (slice(0, 8), slice(8, 16), slice(16, 20)):
            Y = np.eye(3, dtype=dtype)[y[batch]]
            objective = _core.MlpObjective(X[batch], Y, None, {**config, "alpha": 0.0})
            packed = np.concatenate([part.ravel() for part in run.params])
            loss, gradient = objective.evaluate(packed)
            losses.append(loss * len(Y))
            coefs, intercepts = reference.unpack(gradient, [4, 5, 3])
            run.step([*coefs, *intercepts])
    for actual, expected in zip(weights(model), run.eval_params, strict=True):
        assert actual.dtype == dtype
        assert_array_equal(actual, expected)
    # The loss is told where the gradient is taken.
    curve = np.reshape(losses, (4, 3)).sum(axis=1) / 20
    assert_allclose(model.loss_curve_, curve, rtol=1e-5 if dtype == np.float32 else 1e-12)


@every
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_fit_goes_on_in_the_middle(optimizer, dtype):
    X, y = data(dtype)
    params = {**SMALL, "solver": optimizer, "shuffle": False}
    whole = fit(MLPClassifier(**params, max_iter=4), X, y)
    parts = MLPClassifier(**params, max_iter=2, warm_start=True, keep_optimizer_state=True)
    fit(parts, X, y)
    parts = pickle.loads(pickle.dumps(parts))
    fit(parts, X, y)
    assert_same(parts, whole)
    assert parts.loss_curve_ == whole.loss_curve_


@every
def test_without_the_state_a_fit_begins_at_the_average(optimizer):
    X, y = data()
    model = MLPClassifier(**SMALL, solver=optimizer, shuffle=False, max_iter=2, warm_start=True)
    fit(model, X, y)
    bare = copy.deepcopy(model).set_params(keep_optimizer_state=True)
    del bare._optimizer
    assert_same(fit(model, X, y), fit(bare, X, y))


@every
def test_weights_that_the_user_sets_are_where_it_goes_on(optimizer):
    X, y = data()
    model = MLPClassifier(**SMALL, solver=optimizer, shuffle=False, max_iter=4)
    fit(model, X, y)
    rng = np.random.default_rng(1)
    model.coefs_ = [rng.normal(size=coef.shape) for coef in model.coefs_]
    expected = copy.deepcopy(weights(model))
    model.set_params(solver=with_rate(optimizer, 1e-15)).partial_fit(X, y)
    assert model._optimizer.step > 12
    for actual, there in zip(weights(model), expected, strict=True):
        assert_allclose(actual, there, atol=1e-9)


def report(optimizer, **changes):
    rows = {"train_rows": np.arange(40), "validation_rows": np.arange(40, N)}
    config = core_calls.config(solver=optimizer.to_config(), score="r2", max_iter=6)
    return call(**rows, config={**config, "alpha": 0.0, "tol": 0.0, **changes})


@every
def test_the_average_is_what_is_validated(optimizer):
    X, Y = normal(1, (N, UNITS[0]), np.float64), normal(2, (N, 1), np.float64)
    scores = []
    for epochs in range(1, 7):
        found = report(optimizer, max_iter=epochs)
        coefs, intercepts = reference.unpack(found["params"], UNITS)
        layers, _ = reference.forward(X[40:], coefs, intercepts, "relu", "identity")
        scores.append(r2_score(Y[40:], layers[-1]))
        assert_allclose(found["validation_scores"], scores, rtol=1e-9)
    best = report(optimizer, max_iter=int(np.argmax(scores)) + 1)
    assert_array_equal(found["best_params"], best["params"])


@every
def test_with_early_stopping_the_best_average_is_kept_and_gone_on_from(optimizer):
    X, y = data()
    y = np.random.default_rng(2).normal(size=20)  # nothing to learn
    params = {
        **SMALL,
        "solver": optimizer,
        "early_stopping": True,
        "n_iter_no_change": np.inf,
        "warm_start": True,
        "keep_optimizer_state": True,
    }
    model = fit(MLPRegressor(**params, max_iter=30), X, y)
    best = int(np.argmax(model.validation_scores_))
    assert best < 29
    stopped = fit(MLPRegressor(**params, max_iter=best + 1), X, y)
    assert_same(model, stopped)
    for parts in (model, stopped):
        fit(parts.set_params(max_iter=1), X, y)
    assert_same(model, stopped)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_divergence_keeps_the_last_finite_average(early_stopping):
    X, y = data()
    X, y = np.tile(X, (3, 1)), np.tile(X[:, 0], 3)
    model = MLPRegressor(
        **SMALL,
        solver=EMA(SGD(lr=1e-2), decay=0.9),
        early_stopping=early_stopping,
        max_iter=2,
        shuffle=False,
        warm_start=True,
        keep_optimizer_state=True,
    )
    fit(model, X, y)
    model.set_params(solver__optimizer__lr=1e3, max_iter=100)
    if early_stopping:
        fit(model, X, y)
    else:
        with pytest.raises(ValueError, match="non-finite"):
            fit(model, X, y)
    assert all(np.isfinite(part).all() for part in weights(model))
    model.set_params(solver__optimizer__lr=1e-3, max_iter=2)
    fit(model, X, y)
    assert all(np.isfinite(part).all() for part in weights(model))


def test_a_state_of_another_length_is_refused():
    optimizer = EMA(Adam(lr=0.01), decay=0.8)
    state = report(optimizer)["state"]
    assert len(state["params"]) == N_PARAMS
    state["params"] = state["params"][1:]
    config = core_calls.config(solver=optimizer.to_config())
    with pytest.raises(ValueError, match=f"`state.params` must be of length {N_PARAMS}, got 28"):
        call(config=config, state=state)


def test_an_average_around_a_closure():
    X, y = data()
    model = MLPClassifier(**SMALL, solver=EMA(SAM(SGD(lr=0.1)), decay=0.5), max_iter=3)
    assert np.isfinite(fit(model, X, y).predict_proba(X)).all()
