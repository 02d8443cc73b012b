"""Optimizers: Python against the Rust registry, scikit-learn's protocol, and steps taken."""

import pickle
import re
import warnings
from types import UnionType
from typing import Literal, Union, get_args, get_origin

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose, assert_array_equal
from optimizer_cases import BY_NAME, another, details, every_setting, trains, traits
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from thalweg import MLPClassifier, MLPRegressor, _core
from thalweg.gradients import ClipPerExample
from thalweg.optimizers import EMA, LBFGS, SAM, SGD, Adam, AdamW, Signum, SophiaG, all_optimizers

every_optimizer = pytest.mark.parametrize("optimizer", all_optimizers(), ids=lambda c: c.__name__)

every_rate = pytest.mark.parametrize(
    "optimizer",
    [
        optimizer
        for optimizer in all_optimizers()
        if "lr" in optimizer().get_params() and trains(traits(optimizer()))
    ],
    ids=lambda c: c.__name__,
)


def data(n_outputs=1):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 4))
    return X, X @ rng.normal(size=(4, n_outputs)) + 0.1


def by_the_data(traits):
    """Second gradients are by targets that the model draws; see test_mlp_curvature.py."""
    return trains(traits) and not traits["matrices"] and not traits["curvature"]


@every_setting(by_the_data)
def test_an_estimator_s_steps_are_a_run_s(optimizer):
    X, Y = data()
    model = MLPRegressor(
        hidden_layer_sizes=3,
        activation="tanh",
        solver=optimizer,
        alpha=0.0,
        batch_size=12,  # one step per epoch, so that shuffling changes the rounding alone
        max_iter=7,
        n_iter_no_change=np.inf,
        random_state=0,
    ).fit(X, Y.ravel())
    units = (4, 3, 1)
    rng = np.random.RandomState(0)
    start = []
    for fan_in, fan_out in ((4, 3), (3, 1)):
        bound = np.sqrt(6 / (fan_in + fan_out))
        start.append(rng.uniform(-bound, bound, (fan_in, fan_out)))
        start.append(rng.uniform(-bound, bound, fan_out))
    shapes = [part.shape for part in start[::2] + start[1::2]]
    cuts = np.cumsum([np.prod(shape) for shape in shapes])[:-1]

    # An estimator's weights are (in, out); arrays are taken as (out, in).
    def function(theta):
        packed = np.concatenate([part.T.ravel() for part in theta])
        loss, gradient = reference.loss_and_gradient(
            packed, X, Y, None, units, "tanh", "identity", 0.0
        )
        pieces = zip(np.split(gradient, cuts), shapes, strict=True)
        return loss, [piece.reshape(shape).T for piece, shape in pieces]

    run = optimizer.init([part.T for part in start[::2] + start[1::2]])
    for _ in range(7):
        loss, grads = function(run.params)
        if traits(optimizer)["closure"]:
            run.step(closure=function)
        else:
            run.step(grads, loss=loss)
    # Full-batch methods take many moves a step, and each builds on the rounding of the last.
    rtol = 1e-6 if traits(optimizer)["one_group"] else 1e-9
    rtol = details(type(optimizer)).TOLERANCE.get("estimator", rtol)
    for actual, expected in zip(model.coefs_ + model.intercepts_, run.eval_params, strict=True):
        assert_allclose(actual.T, expected, rtol=rtol, atol=rtol / 10)


@every_optimizer
def test_protocol(optimizer):
    name, value = another(optimizer())
    original = optimizer(**{name: value})
    copy = clone(original)
    assert copy is not original
    assert copy == original
    assert copy != optimizer()
    assert copy != "adam"
    half = another(original)[1]
    assert copy.set_params(**{name: half}) is copy
    assert (getattr(copy, name), getattr(original, name)) == (half, value)
    assert repr(copy) == f"{optimizer.__name__}({name}={half!r})"
    assert repr(optimizer()) == f"{optimizer.__name__}()"
    assert pickle.loads(pickle.dumps(original)) == original
    assert eval(repr(original), dict(BY_NAME)) == original


def test_parameters_of_an_optimizer_within_another():
    optimizer = SAM(SGD(lr=0.5))
    assert optimizer.get_params()["base__lr"] == 0.5
    assert "base__lr" not in optimizer.get_params(deep=False)
    base = optimizer.base
    optimizer.set_params(base__lr=0.25, rho=0.1)
    assert optimizer == SAM(SGD(lr=0.25), rho=0.1)
    assert base.lr == 0.5
    optimizer.set_params(base=Adam(), base__eps=1e-6)
    assert optimizer.base == Adam(eps=1e-6)
    assert SAM().base == SGD()
    with pytest.raises(ValueError, match="Invalid parameter 'speed'"):
        optimizer.set_params(base__speed=1)
    with pytest.raises(ValueError, match="Invalid parameter 'rho__lr'"):
        optimizer.set_params(rho__lr=1)


@every_optimizer
def test_unknown_parameter(optimizer):
    member = optimizer()
    with pytest.raises(ValueError, match="Invalid parameter 'rate' for optimizer"):
        member.set_params(**dict([another(member)]), rate=1)
    assert member == optimizer()
    with pytest.raises(TypeError, match="rate"):
        optimizer(rate=1)


@pytest.mark.parametrize(
    ("solver", "error", "message"),
    [
        (SGD(lr=-1.0), ValueError, "lr"),
        (SGD(lr=0.0), ValueError, "lr"),
        (Adam(lr=np.nan), ValueError, "lr"),
        (SGD(momentum=1.2), ValueError, r"`momentum` must be in \[0, 1\), got 1.2"),
        (SGD(weight_decay=-0.1), ValueError, "weight_decay"),
        (SGD(nesterov=True), ValueError, "nesterov"),
        (SGD(momentum=0.9, nesterov=True, dampening=0.1), ValueError, "nesterov"),
        (Adam(betas=(0.9, 1.0)), ValueError, "betas"),
        (Adam(betas=(-0.1, 0.9)), ValueError, "betas"),
        (Adam(eps=-1e-8), ValueError, "eps"),
        (AdamW(weight_decay=-1.0), ValueError, "weight_decay"),
        (Adam(lr="fast"), TypeError, "`lr` must be a number, got 'fast'"),
        (Adam(lr=True), TypeError, "`lr` must be a number, got True"),
        (Adam(betas=0.9), TypeError, "`betas` must be a pair of numbers, got 0.9"),
        (Adam(betas=(0.9, None)), TypeError, "`betas[1]` must be a number, got None"),
        (Adam(amsgrad=1), TypeError, "`amsgrad` must be a bool, got 1"),
        (SAM(base="sgd"), TypeError, "`base` must be an optimizer, got 'sgd'"),
        (SAM(base=SGD(lr=-1.0)), ValueError, "`base.lr` must be > 0 and finite, got -1.0"),
    ],
    ids=repr,
)
def test_bad_values_are_named_when_a_fit_begins(solver, error, message):
    model = MLPRegressor(solver=solver)
    pattern = message if "\\" in message else re.escape(message)
    with pytest.raises(error, match=pattern):
        model.fit([[0.0], [1.0]], [0.0, 1.0])
    assert not hasattr(model, "coefs_")


def test_values_of_numpy_are_plain():
    solver = Adam(lr=np.float32(0.5), betas=[np.float64(0.5), 0], amsgrad=np.True_)
    config = solver.to_config()
    assert config["lr"] == 0.5
    assert config["betas"] == (0.5, 0.0)
    assert config["amsgrad"] is True
    assert type(config["lr"]) is float


def test_search_over_parameters_of_the_solver():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(
        MLPClassifier(8, solver=Adam(), max_iter=30, random_state=0),
        {"solver__lr": [1e-6, 0.05]},
        cv=2,
    ).fit(X, y)
    assert search.best_estimator_.solver == Adam(lr=0.05)
    assert search.estimator.solver == Adam()


def test_search_over_solvers():
    X, y = load_iris(return_X_y=True)
    solvers = ["adam", SGD(lr=0.01, momentum=0.9), AdamW()]
    search = GridSearchCV(
        MLPClassifier(8, max_iter=5, random_state=0), {"solver": solvers}, cv=2
    ).fit(X, y)
    assert list(search.cv_results_["param_solver"]) == solvers


def test_one_object_serves_two_estimators():
    X, Y = data()
    solver = Adam(lr=0.1)
    models = [
        MLPRegressor(hidden_layer_sizes=4, solver=solver, max_iter=3, random_state=0)
        for _ in range(2)
    ]
    coefs = [model.fit(X, Y.ravel()).coefs_[0] for model in models]
    assert_allclose(coefs[0], coefs[1], rtol=0, atol=0)


@every_rate
@pytest.mark.parametrize("schedule", ["invscaling", "adaptive"])
def test_schedules_are_honoured(optimizer, schedule):
    X, Y = data()
    model = MLPRegressor(
        hidden_layer_sizes=4,
        solver=optimizer(lr=0.01),
        learning_rate=schedule,
        power_t=0.5,
        max_iter=9,
        tol=1e3,  # nothing counts as an improvement, so that 'adaptive' divides
        n_iter_no_change=2,
        random_state=0,
    ).fit(X, Y.ravel())
    # The first epoch always improves on infinity; then every third one exhausts the patience,
    # which ends 'invscaling' and makes 'adaptive' divide.
    assert model.n_iter_ == (4 if schedule == "invscaling" else 9)
    expected = 0.01 / np.sqrt(4 * 12 + 1) if schedule == "invscaling" else 0.01 / 5**2
    assert_allclose(model._optimizer.learning_rate, expected, rtol=1e-12)


def test_adam_by_name_honours_the_schedule():
    X, Y = data()
    model = MLPRegressor(
        hidden_layer_sizes=4, learning_rate="invscaling", max_iter=4, random_state=0
    )
    model.fit(X, Y.ravel())
    assert_allclose(model._optimizer.learning_rate, 1e-3 / np.sqrt(4 * 12 + 1), rtol=1e-12)


@every_setting(trains)
def test_partial_fit_keeps_the_state(optimizer):
    X, Y = data()
    params = {"hidden_layer_sizes": 4, "batch_size": 12, "shuffle": False, "random_state": 0}
    whole = MLPRegressor(solver=optimizer, max_iter=4, n_iter_no_change=np.inf, **params)
    whole.fit(X, Y.ravel())
    parts = MLPRegressor(solver=optimizer, **params)
    for _ in range(4):
        parts.partial_fit(X, Y.ravel())
    assert parts._optimizer.step == 4
    assert_array_equal(parts.coefs_[0], whole.coefs_[0])


def test_partial_fit_takes_a_new_rate():
    X, Y = data()
    model = MLPRegressor(hidden_layer_sizes=4, solver=SGD(lr=0.1, momentum=0.9), random_state=0)
    model.partial_fit(X, Y.ravel())
    before = [coef.copy() for coef in model.coefs_]
    model.set_params(solver__lr=1e-300).partial_fit(X, Y.ravel())
    assert model._optimizer.step == 2
    assert model._optimizer.learning_rate == 1e-300
    for old, new in zip(before, model.coefs_, strict=True):
        assert_allclose(new, old, rtol=1e-12)


def test_partial_fit_takes_a_new_rate_of_the_optimizer_within():
    X, Y = data()
    params = {"hidden_layer_sizes": 4, "alpha": 0.0, "random_state": 0}
    bare = MLPRegressor(solver=SGD(lr=0.1, momentum=0.9), **params)
    outer = MLPRegressor(solver=EMA(SGD(lr=0.1, momentum=0.9), decay=0.0), **params)
    for rate in (0.1, 0.01, 0.2):
        bare.set_params(solver__lr=rate).partial_fit(X, Y.ravel())
        outer.set_params(solver__optimizer__lr=rate).partial_fit(X, Y.ravel())
        assert outer._optimizer.learning_rate == rate
    assert_array_equal(outer.coefs_[0], bare.coefs_[0])


@pytest.mark.parametrize("wrapper", [lambda inner: inner, EMA])
def test_partial_fit_begins_anew_with_another_rule(wrapper):
    X, Y = data()
    model = MLPRegressor(solver=wrapper(Signum()), hidden_layer_sizes=4, random_state=0)
    model.partial_fit(X, Y.ravel())
    model.set_params(solver=wrapper(SGD(lr=0.1, momentum=0.9))).partial_fit(X, Y.ravel())
    assert model._optimizer.step == 1


REFUSED = {
    "SparseAdam": "`solver` must be an optimizer of dense gradients, such as Adam, for a network's "
    'are dense, got "SparseAdam"',
}


@every_optimizer
def test_every_optimizer_trains_a_classifier_or_is_refused(optimizer):
    X, y = load_iris(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    solver = optimizer(**({"line_search_fn": "strong_wolfe"} if optimizer is LBFGS else {}))
    model = MLPClassifier(8, solver=solver, max_iter=20, n_iter_no_change=np.inf, random_state=0)
    model.set_params(batch_size=150 if traits(solver)["one_group"] else 50)
    message = REFUSED.get(optimizer.__name__)
    if message is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, y)
        assert model.loss_curve_[-1] < model.loss_curve_[0]
        assert np.isfinite(model.predict_proba(X)).all()
    else:
        with pytest.raises(ValueError, match=re.escape(message)):
            model.fit(X, y)
        assert not hasattr(model, "coefs_")


@pytest.mark.parametrize(
    ("solver", "transforms", "message"),
    [
        (
            SAM(SophiaG()),
            None,
            "`solver` must be an optimizer that takes a second gradient, or evaluates several a "
            'step, and not both, got "SAM"',
        ),
        (
            SophiaG(),
            [ClipPerExample(1.0)],
            "`gradient_transforms` must be without ClipPerExample for SophiaG, whose second "
            "gradient has no bound, got 1",
        ),
    ],
)
def test_what_would_be_half_used_is_refused(solver, transforms, message):
    X, Y = data()
    model = MLPRegressor(solver=solver, gradient_transforms=transforms)
    with pytest.raises(ValueError, match=re.escape(message)):
        model.fit(X, Y.ravel())


def choices():
    """Yield every parameter of an optimizer that is one of several names."""
    for optimizer in all_optimizers():
        for name, kind in optimizer._types().items():
            arms = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
            if get_origin(arms[0]) is Literal:
                yield pytest.param(optimizer, name, get_args(arms[0]), id=f"{optimizer.__name__}")


@pytest.mark.parametrize(("optimizer", "name", "names"), list(choices()))
def test_a_wrong_name_is_reported_with_those_there_are(optimizer, name, names):
    for value in names:
        _core.validate_optimizer(optimizer(**{name: value}).to_config())
    wrong = optimizer(**{name: "other"})
    expected = " or ".join(map(repr, names))
    for within in (wrong, EMA(wrong)):
        with pytest.raises(ValueError, match=f"`{name}` must be {re.escape(expected)}.*'other'"):
            within.init(np.ones((2, 2)))


def test_no_name_is_left_unchecked():
    kinds = [kind for optimizer in all_optimizers() for kind in optimizer._types().values()]
    assert not [kind for kind in kinds if kind is str or str in get_args(kind)]
