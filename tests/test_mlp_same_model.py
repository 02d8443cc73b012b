"""Same seed, same model: scikit-learn's coefs_, to rounding, whatever the settings."""

import copy
import warnings
from inspect import signature

import numpy as np
import pytest
import sklearn.neural_network
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression

import thalweg

ACTIVATIONS = ["identity", "logistic", "tanh", "relu"]
STOCHASTIC = ["sgd", "adam"]

# After 20 epochs the rounding of two orders of summation has grown to this share of the largest
# coefficient; L-BFGS amplifies it more, by its line searches.
EPOCHS, TOLERANCE = 20, 1e-6
ITERATIONS, LBFGS_TOLERANCE = 30, 1e-4


def binary(seed=0):
    return make_classification(90, 8, n_informative=5, random_state=seed)


def multiclass(seed=0):
    return make_classification(90, 8, n_informative=5, n_classes=3, random_state=seed)


def multilabel(seed=0):
    return make_multilabel_classification(90, 8, n_classes=3, random_state=seed)


def regression(seed=0):
    X, y = make_regression(90, 8, random_state=seed)
    return X, y / y.std()


def multioutput(seed=0):
    X, y = make_regression(90, 8, n_targets=3, random_state=seed)
    return X, y / y.std()


def counts(seed=0):
    X, y = regression(seed)
    return X, np.round(np.exp(y / 2))


TARGETS = {
    "binary": ("MLPClassifier", binary, {}),
    "multiclass": ("MLPClassifier", multiclass, {}),
    "multilabel": ("MLPClassifier", multilabel, {}),
    "regression": ("MLPRegressor", regression, {}),
    "multioutput": ("MLPRegressor", multioutput, {}),
    "poisson": ("MLPRegressor", counts, {"loss": "poisson"}),
}


def build(name, **params):
    """Return the two estimators, equal in all but the library."""
    settings = {
        "hidden_layer_sizes": (7, 5),
        "random_state": 3,
        "batch_size": 32,
        "max_iter": EPOCHS,
        "learning_rate_init": 0.01,
        **params,
    }
    # A RandomState must not be shared: each library advances its own.
    return [
        getattr(library, name)(**copy.deepcopy(settings))
        for library in (sklearn.neural_network, thalweg)
    ]


def fit(estimator, *data, **weights):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(*data, **weights)


def assert_same_model(theirs, ours, tolerance=TOLERANCE):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    for attribute in ("coefs_", "intercepts_"):
        largest = max(np.abs(array).max() for array in theirs.coefs_)
        for expected, actual in zip(
            getattr(theirs, attribute), getattr(ours, attribute), strict=True
        ):
            assert actual.dtype == expected.dtype
            assert actual.flags.c_contiguous
            assert_allclose(actual, expected, rtol=0, atol=tolerance * largest)


def assert_same_history(theirs, ours):
    assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    assert_allclose(ours.loss_, theirs.loss_, rtol=1e-6)
    assert ours._no_improvement_count == theirs._no_improvement_count
    if theirs.validation_scores_ is None:
        assert ours.validation_scores_ is None
        assert ours.best_validation_score_ is None
        assert_allclose(ours.best_loss_, theirs.best_loss_, rtol=1e-6)
    else:
        assert ours.best_loss_ is None
        assert_allclose(ours.validation_scores_, theirs.validation_scores_, rtol=1e-6, atol=1e-9)
        assert_allclose(ours.best_validation_score_, theirs.best_validation_score_, rtol=1e-6)
        assert len(ours.validation_loss_curve_) == len(ours.validation_scores_)


def same_fit(name, X, y, tolerance=TOLERANCE, sample_weight=None, **params):
    theirs, ours = build(name, **params)
    for estimator in (theirs, ours):
        fit(estimator, X, y, sample_weight=sample_weight)
    assert_same_model(theirs, ours, tolerance)
    return theirs, ours


def weights_for(y):
    return np.random.default_rng(1).uniform(0.2, 3.0, len(y))


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("early_stopping", [False, True], ids=["all-rows", "early-stopping"])
@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array], ids=["dense", "csr"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("solver", STOCHASTIC)
@pytest.mark.parametrize("target", ["multiclass", "regression"])
def test_stochastic(target, solver, activation, layout, early_stopping, weighted):
    name, data, params = TARGETS[target]
    X, y = data()
    theirs, ours = same_fit(
        name,
        layout(X),
        y,
        sample_weight=weights_for(y) if weighted else None,
        solver=solver,
        activation=activation,
        early_stopping=early_stopping,
        **params,
    )
    assert_same_history(theirs, ours)


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array], ids=["dense", "csr"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("target", [target for target in TARGETS if target != "multioutput"])
def test_lbfgs(target, activation, layout, weighted):
    # Several outputs are left out: there scikit-learn's gradient is not that of its loss.
    name, data, params = TARGETS[target]
    X, y = data()
    theirs, ours = same_fit(
        name,
        layout(X),
        y,
        LBFGS_TOLERANCE,
        weights_for(y) if weighted else None,
        solver="lbfgs",
        activation=activation,
        max_iter=ITERATIONS,
        **params,
    )
    assert_allclose(ours.loss_, theirs.loss_, rtol=1e-6)


@pytest.mark.parametrize("early_stopping", [False, True], ids=["all-rows", "early-stopping"])
@pytest.mark.parametrize("schedule", ["constant", "invscaling", "adaptive"])
@pytest.mark.parametrize("target", TARGETS)
def test_schedules_of_sgd(target, schedule, early_stopping):
    name, data, params = TARGETS[target]
    theirs, ours = same_fit(
        name,
        *data(),
        solver="sgd",
        learning_rate=schedule,
        early_stopping=early_stopping,
        tol=1e-2,  # large enough for 'adaptive' to divide, and for the others to stop early
        n_iter_no_change=2,
        power_t=0.2,
        **params,
    )
    assert_same_history(theirs, ours)
    assert_allclose(ours._optimizer.learning_rate, theirs._optimizer.learning_rate, rtol=1e-12)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "params",
    [
        {"solver": "sgd", "momentum": 0.0},
        {"solver": "sgd", "nesterovs_momentum": False},
        {"solver": "adam", "shuffle": False},
        {"solver": "adam", "batch_size": 1},
        {"solver": "adam", "batch_size": 1000},
        {"solver": "adam", "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "alpha": 0.5},
        {"solver": "adam", "hidden_layer_sizes": ()},
        {"solver": "adam", "hidden_layer_sizes": 3},
        {"solver": "adam", "hidden_layer_sizes": np.array([4, 4, 4])},
        {"solver": "adam", "tol": 1.0, "n_iter_no_change": 1},
        {"solver": "adam", "tol": 1.0, "n_iter_no_change": np.inf},
        {"solver": "adam", "early_stopping": True, "validation_fraction": 0.4},
    ],
    ids=str,
)
def test_other_parameters(target, params):
    name, data, loss = TARGETS[target]
    theirs, ours = same_fit(name, *data(), **loss, **params)
    assert_same_history(theirs, ours)


@pytest.mark.parametrize("target", TARGETS)
def test_predictions(target):
    name, data, params = TARGETS[target]
    X, y = data()
    theirs, ours = same_fit(name, X, y, **params)
    for rows in (
        X,
        X[:1],
        X.tolist(),
        X[:, ::-1][:, ::-1],
        sparse.csr_array(X),
        sparse.csc_array(X),
    ):
        expected, actual = theirs.predict(rows), ours.predict(rows)
        assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
        assert_allclose(actual, expected, rtol=1e-6)
    assert_allclose(ours.score(X, y), theirs.score(X, y), rtol=1e-6)
    if name == "MLPClassifier":
        for method in ("predict_proba", "predict_log_proba"):
            expected, actual = getattr(theirs, method)(X), getattr(ours, method)(X)
            assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
            assert_allclose(actual, expected, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("labels", [["no", "yes"], [-1, 1], [True, False], [2.0, 7.0], ["only"]])
def test_labels_of_any_kind(labels):
    X, y = binary()
    theirs, ours = same_fit("MLPClassifier", X, np.asarray(labels)[y % len(labels)])
    assert_array_equal(ours.classes_, theirs.classes_)
    expected, actual = theirs.predict(X), ours.predict(X)
    assert actual.dtype == expected.dtype
    assert_array_equal(actual, expected)


@pytest.mark.parametrize("solver", STOCHASTIC)
@pytest.mark.parametrize("target", TARGETS)
def test_partial_fit(target, solver):
    name, data, params = TARGETS[target]
    X, y = data()
    schedule = "invscaling" if solver == "sgd" else "constant"
    theirs, ours = build(name, solver=solver, learning_rate=schedule, **params)
    classes = {} if name == "MLPRegressor" else {"classes": np.arange(3) if y.max() > 1 else [0, 1]}
    if target == "multilabel":
        classes = {"classes": np.arange(3)}
    for _ in range(3):
        for rows in (slice(0, 40), slice(40, 90)):
            for estimator in (theirs, ours):
                estimator.partial_fit(X[rows], y[rows], **classes)
    assert_same_model(theirs, ours)
    assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol=1e-6)
    assert_allclose(ours.best_loss_, theirs.best_loss_, rtol=1e-6)
    assert ours._no_improvement_count == theirs._no_improvement_count


@pytest.mark.parametrize("early_stopping", [False, True], ids=["all-rows", "early-stopping"])
@pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
@pytest.mark.parametrize("target", ["multiclass", "regression"])
def test_warm_start(target, solver, early_stopping):
    name, data, params = TARGETS[target]
    X, y = data()
    params = {**params, "early_stopping": early_stopping and solver != "lbfgs"}
    theirs, ours = build(name, solver=solver, warm_start=True, max_iter=5, **params)
    for _ in range(3):
        for estimator in (theirs, ours):
            fit(estimator, X, y)
        assert_same_model(theirs, ours, LBFGS_TOLERANCE if solver == "lbfgs" else TOLERANCE)
    if solver != "lbfgs":
        assert_same_history(theirs, ours)


@pytest.mark.parametrize("solver", STOCHASTIC)
@pytest.mark.parametrize(
    "generator",
    [np.random.RandomState(5), np.random.RandomState(np.random.PCG64(5))],
    ids=["MT19937", "PCG64"],
)
def test_random_state_advances_alike(generator, solver):
    X, y = multiclass()
    theirs, ours = build(
        "MLPClassifier", solver=solver, random_state=generator, early_stopping=True
    )
    for _ in range(2):  # the second fit begins where the first has left the generator
        for estimator in (theirs, ours):
            fit(estimator, X, y)
        assert_same_model(theirs, ours)
    assert_array_equal(ours.random_state.uniform(size=3), theirs.random_state.uniform(size=3))


def test_global_generator_advances_alike():
    X, y = multiclass()
    after = []
    for estimator in build("MLPClassifier", random_state=None):
        np.random.seed(11)  # noqa: NPY002 - the global generator is what is tested
        fit(estimator, X, y)
        after.append((estimator.coefs_[0], np.random.uniform(size=3)))  # noqa: NPY002
    assert_allclose(after[1][0], after[0][0], rtol=1e-6)
    assert_array_equal(after[1][1], after[0][1])


@pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
@pytest.mark.parametrize("target", TARGETS)
def test_single_precision_follows_x(target, solver):
    name, data, params = TARGETS[target]
    X, y = data()
    _, ours = build(name, solver=solver, **params)
    fit(ours, X.astype(np.float32), y)
    double = fit(build(name, solver=solver, **params)[1], X, y)
    for single, reference in zip(
        ours.coefs_ + ours.intercepts_, double.coefs_ + double.intercepts_, strict=True
    ):
        assert single.dtype == np.float32
        # Twenty epochs of float32 against float64: three digits remain for sure.
        assert_allclose(single, reference, rtol=0, atol=1e-3 * np.abs(double.coefs_[0]).max())
    outputs = ours.predict if name == "MLPRegressor" else ours.predict_proba
    assert outputs(X.astype(np.float32)).dtype == np.float32
    assert outputs(X).dtype == np.float64


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_parameters_are_theirs(name):
    theirs, ours = (getattr(library, name)() for library in (sklearn.neural_network, thalweg))
    new = {
        "clip_norm": None,
        "clip_value": None,
        "gradient_transforms": None,
        "keep_optimizer_state": False,
        "precision": None,
        "schedule": None,
        "weight_decay_biases": True,
    }
    assert ours.get_params() == {**theirs.get_params(), **new}
    # Theirs come first and in their order, so that nothing given by position changes its meaning.
    names = [list(signature(type(model)).parameters) for model in (ours, theirs)]
    assert names[0][: len(names[1])] == names[1]
    rules = dict(type(theirs)._parameter_constraints)
    assert type(ours)._parameter_constraints.keys() == {*rules, *new}


@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"learning_rate": "adaptive"}])
def test_verbose_prints_the_same(params, capsys):
    X, y = multiclass()
    printed = []
    for estimator in build(
        "MLPClassifier", solver="sgd", verbose=True, tol=0.1, n_iter_no_change=2, **params
    ):
        fit(estimator, X, y)
        printed.append(capsys.readouterr().out)
    assert printed[1] == printed[0]
    assert "Iteration 1, loss = " in printed[0]


@pytest.mark.parametrize("solver", [*STOCHASTIC, "lbfgs"])
def test_warnings_are_theirs(solver):
    X, y = multiclass()
    messages = []
    for estimator in build("MLPClassifier", solver=solver, max_iter=2, batch_size=1000):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            estimator.fit(X, y)
        messages.append([(str(warning.message), warning.category) for warning in caught])
        assert {warning.filename for warning in caught} <= {__file__} | {
            sklearn.neural_network._multilayer_perceptron.__file__,
            sklearn.base.__file__,
        }
    assert messages[1] == messages[0]
    assert messages[0]
