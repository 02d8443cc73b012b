"""Same seed, same model: scikit-learn's coef_ to 1e-10 on the path of single samples."""

import pickle
import warnings
from inspect import signature
from itertools import product

import numpy as np
import pytest
import sklearn.linear_model
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning

import thalweg

CLASSIFIER_LOSSES = list(sklearn.linear_model.SGDClassifier.loss_functions)
REGRESSOR_LOSSES = list(sklearn.linear_model.SGDRegressor.loss_functions)
PENALTIES = ["l2", "l1", "elasticnet", None]
RATES = ["optimal", "constant", "invscaling", "adaptive"]
STORAGES = {"dense": np.asarray, "csr": sparse.csr_matrix, "csr_array": sparse.csr_array}


def classes(n_classes=2, n=120, seed=0):
    X, y = make_classification(n, 10, n_informative=5, n_classes=n_classes, random_state=seed)
    X[np.random.default_rng(seed).random(X.shape) < 0.4] = 0.0
    return X, np.array(["a", "b", "c", "d"])[y]


def numbers(n=120, seed=0):
    X, y = make_regression(n, 10, random_state=seed)
    X[np.random.default_rng(seed).random(X.shape) < 0.4] = 0.0
    return X, y / y.std()


def pair(name, **parameters):
    """Our estimator and theirs; ours repeats their mistakes where it can make a difference."""
    ours, theirs = getattr(thalweg, name), getattr(sklearn.linear_model, name)
    like = {"like_sklearn": True} if "like_sklearn" in signature(ours).parameters else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # theirs of PassiveAggressive
        return ours(**parameters, **like), theirs(**parameters)


def quietly(method, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return method(*args, **kwargs)


def fitted(name, X, y, fit=None, **parameters):
    models = pair(name, **{"random_state": 3, **parameters})
    for model in models:
        quietly(model.fit, X, y, **(fit or {}))
    return models


def assert_same(ours, theirs):
    assert ours.n_iter_ == theirs.n_iter_
    assert ours.t_ == theirs.t_
    names = ["coef_", "offset_" if hasattr(theirs, "offset_") else "intercept_"]
    names += [name for name in vars(theirs) if name.startswith(("_standard", "_average"))]
    for name in names:
        mine, expected = getattr(ours, name), getattr(theirs, name)
        assert mine.shape == expected.shape, name
        assert mine.dtype == expected.dtype, name
        scale = max(1.0, abs(theirs.coef_).max())
        assert_allclose(mine, expected, rtol=1e-10, atol=1e-10 * scale, err_msg=name)


@pytest.mark.parametrize("storage", ["dense", "csr"])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_classifier(loss, penalty, storage):
    X, y = classes()
    X = STORAGES[storage](X)
    for rate, average, tol in product(RATES, [False, 7], [None, 1e-3]):
        settings = {"eta0": 0.01, "max_iter": 8, "alpha": 1e-3, "tol": tol}
        if rate == "optimal":
            settings["alpha"] = 0.1  # or the first steps overshoot, and rounding grows with them
        assert_same(
            *fitted(
                "SGDClassifier", X, y, loss=loss, penalty=penalty, learning_rate=rate,
                average=average, **settings,
            )
        )  # fmt: skip


@pytest.mark.parametrize("storage", ["dense", "csr"])
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_regressor(loss, penalty, storage):
    X, y = numbers()
    X = STORAGES[storage](X)
    for rate, average, tol in product(RATES, [False, 7], [None, 1e-3]):
        settings = {"eta0": 0.003, "max_iter": 8, "alpha": 1e-3, "tol": tol}
        if rate == "optimal":
            settings["alpha"] = 0.1
        assert_same(
            *fitted(
                "SGDRegressor", X, y, loss=loss, penalty=penalty, learning_rate=rate,
                average=average, **settings,
            )
        )  # fmt: skip


@pytest.mark.parametrize("rate", ["pa1", "pa2"])
@pytest.mark.parametrize("penalty", PENALTIES)
def test_passive_aggressive_rates(penalty, rate):
    settings = {"learning_rate": rate, "penalty": penalty, "eta0": 0.3, "alpha": 1e-3}
    for average, storage in product([False, True], STORAGES.values()):
        X, y = classes()
        assert_same(*fitted("SGDClassifier", storage(X), y, average=average, **settings))
        X, y = numbers()
        settings_r = settings | {"loss": "epsilon_insensitive", "average": average}
        assert_same(*fitted("SGDRegressor", storage(X), y, **settings_r))


@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_one_against_the_rest(loss):
    X, y = classes(4)
    weights = np.random.default_rng(1).random(len(y))
    for average, weight, n_jobs in product([False, True, 50], [None, weights], [None, 1, 3]):
        settings = {"loss": loss, "average": average, "n_jobs": n_jobs}
        settings["learning_rate"] = "invscaling"
        settings["class_weight"] = "balanced" if average else {"a": 0.5, "d": 2.0}
        assert_same(*fitted("SGDClassifier", X, y, {"sample_weight": weight}, **settings))


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("loss", CLASSIFIER_LOSSES)
def test_early_stopping_of_classifiers(loss, n_classes):
    X, y = classes(n_classes)
    weights = np.random.default_rng(1).integers(1, 3, len(y)).astype(float)
    kinds = [("l2", False), ("l1", 7)]
    for (penalty, average), rate in product(kinds, ["invscaling", "adaptive"]):
        settings = {"loss": loss, "penalty": penalty, "average": average, "learning_rate": rate}
        settings |= {"early_stopping": True, "validation_fraction": 0.3, "max_iter": 100}
        assert_same(*fitted("SGDClassifier", X, y, {"sample_weight": weights}, **settings))


@pytest.mark.parametrize("loss", REGRESSOR_LOSSES)
def test_early_stopping_of_regressors(loss):
    X, y = numbers()
    kinds = [("l2", False), ("l1", 7)]
    for (penalty, average), rate in product(kinds, ["invscaling", "adaptive"]):
        settings = {"loss": loss, "penalty": penalty, "average": average, "learning_rate": rate}
        settings |= {"early_stopping": True, "validation_fraction": 0.3, "max_iter": 100}
        assert_same(*fitted("SGDRegressor", X, y, **settings))


def test_one_sample_held_out_is_too_few_for_a_score():
    X, y = numbers(9)
    message = "R.2 score is not well-defined with less than two samples"
    models = pair("SGDRegressor", early_stopping=True, max_iter=20, random_state=0)
    for model in models:
        with pytest.warns(UndefinedMetricWarning, match=message):
            model.fit(X, y)
    assert_same(*models)
    with pytest.warns(UndefinedMetricWarning, match=message):
        thalweg.SGDRegressor(solver="Adam", early_stopping=True, max_iter=2).fit(
            X, y, X_val=X[:1], y_val=y[:1]
        )


@pytest.mark.parametrize("storage", STORAGES)
def test_one_class(storage):
    X = STORAGES[storage](classes()[0])
    for rate, average, tol in product(RATES, [False, True, 50], [None, 1e-3]):
        settings = {"learning_rate": rate, "average": average, "tol": tol, "nu": 0.2}
        models = pair("SGDOneClassSVM", random_state=3, max_iter=20, **settings)
        for model in models:
            quietly(model.fit, X)
        assert_same(*models)
        assert_array_equal(models[0].predict(X), models[1].predict(X))


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_thin_classes(n_classes):
    X, y = classes(n_classes)
    for penalty in PENALTIES:
        assert_same(*fitted("Perceptron", X, y, penalty=penalty))
    for loss, C in product(["hinge", "squared_hinge"], [0.3, np.inf]):
        assert_same(*fitted("PassiveAggressiveClassifier", X, y, loss=loss, C=C, max_iter=3))
    X, y = numbers()
    for loss, C in product(["epsilon_insensitive", "squared_epsilon_insensitive"], [0.3, np.inf]):
        assert_same(*fitted("PassiveAggressiveRegressor", X, y, loss=loss, C=C, max_iter=3))


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_order_and_intercept(fit_intercept, shuffle):
    settings = {"fit_intercept": fit_intercept, "shuffle": shuffle}
    assert_same(*fitted("SGDClassifier", *classes(3), **settings))
    assert_same(*fitted("SGDRegressor", *numbers(), **settings))


@pytest.mark.parametrize("average", [False, True, 200])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_partial_fit_with_the_mistakes(n_classes, average):
    """The second call begins with another constant than the first had come to."""
    X, y = classes(n_classes)
    models = pair("SGDClassifier", random_state=1, average=average)
    for part in np.array_split(np.arange(len(y)), 4):
        for model in models:
            model.partial_fit(X[part], y[part], classes=np.unique(y))
        assert_same(*models)
    models = pair("SGDRegressor", random_state=1, average=average)
    X, y = numbers()
    for part in np.array_split(np.arange(len(y)), 4):
        for model in models:
            model.partial_fit(X[part], y[part])
        assert_same(*models)
    models = pair("SGDOneClassSVM", random_state=1, average=average)
    for part in np.array_split(np.arange(len(y)), 4):
        for model in models:
            model.partial_fit(X[part])
        assert_same(*models)


def test_warm_start_and_initial_weights():
    X, y = classes(3)
    rng = np.random.default_rng(0)
    start = {"coef_init": rng.normal(size=(3, 10)), "intercept_init": rng.normal(size=3)}
    before = {name: value.copy() for name, value in start.items()}
    ours = thalweg.SGDClassifier(random_state=0, max_iter=5, tol=None).fit(X, y, **start)
    for name, value in before.items():
        assert_array_equal(start[name], value)  # scikit-learn would have trained in them
    theirs = sklearn.linear_model.SGDClassifier(random_state=0, max_iter=5, tol=None)
    assert_same(ours, theirs.fit(X, y, **start))
    ours, theirs = fitted("SGDClassifier", X, y, warm_start=True, max_iter=2, tol=None)
    for model in (ours, theirs):
        model.set_params(learning_rate="constant").fit(X, y)
    assert_same(ours, theirs)
    X, y = numbers()
    ours, theirs = fitted("SGDRegressor", X, y, warm_start=True, max_iter=2, tol=None)
    assert_same(ours.fit(X, y), theirs.fit(X, y))


def test_random_streams_go_on():
    """A generator that is shared stands where scikit-learn would have left it."""
    for name, (X, y) in [("SGDClassifier", classes(3)), ("SGDRegressor", numbers())]:
        for early_stopping in (False, True):
            generators = [np.random.RandomState(5), np.random.RandomState(5)]
            models = pair(name, early_stopping=early_stopping, max_iter=3, tol=None)
            for model, generator in zip(models, generators, strict=True):
                model.set_params(random_state=generator).fit(X, y)
            assert_same(*models)
            assert generators[0].randint(2**31) == generators[1].randint(2**31)


@pytest.mark.parametrize("storage", STORAGES)
def test_single_precision(storage):
    """The same path in float32, as far as its digits go."""
    for name, (X, y) in [("SGDClassifier", classes(3)), ("SGDRegressor", numbers())]:
        X = STORAGES[storage](X.astype(np.float32))
        settings = {"max_iter": 3, "tol": None, "loss": "squared_error", "eta0": 1e-3}
        ours, theirs = fitted(name, X, y, learning_rate="constant", **settings)
        assert ours.coef_.dtype == theirs.coef_.dtype == np.float32
        assert ours.intercept_.dtype == theirs.intercept_.dtype
        assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-6)


def test_predictions_and_pickles_agree():
    X, y = classes(3)
    for loss in ("log_loss", "modified_huber"):
        ours, theirs = fitted("SGDClassifier", X, y, loss=loss, alpha=0.1)
        for model in (ours, pickle.loads(pickle.dumps(ours))):
            assert_array_equal(model.predict(X), theirs.predict(X))
            assert_allclose(model.predict_proba(X), theirs.predict_proba(X), atol=1e-9)
    assert sparse.issparse(ours.sparsify().coef_)
    assert_array_equal(ours.densify().predict(X), theirs.predict(X))


def test_verbose_prints_the_same_but_for_the_clock(capsys):
    def lines(model, X, y):
        quietly(model.fit, X, y)
        out = capsys.readouterr().out.splitlines()
        kept = [line for line in out if not line.startswith(("Total", "[Parallel"))]
        return [line.split(" took ")[0] for line in kept]

    X, y = classes()
    for early_stopping in (False, True):
        settings = {"verbose": 1, "random_state": 0, "early_stopping": early_stopping}
        ours, theirs = (lines(model, X, y) for model in pair("SGDClassifier", **settings))
        assert ours == theirs
        assert ours[0] == "-- Epoch 1"
    models = pair("SGDRegressor", verbose=1, random_state=0, max_iter=3)
    ours, theirs = (lines(model, *numbers()) for model in models)
    assert ours == theirs


def test_defaults_are_scikit_learns():
    for name in thalweg.linear_model.__all__:
        if not hasattr(sklearn.linear_model, name):
            continue
        ours, theirs = pair(name)
        parameters = ours.get_params()
        for parameter, value in theirs.get_params().items():
            assert parameters[parameter] == value, (name, parameter)
        assert is_classifier(ours) == is_classifier(theirs)
