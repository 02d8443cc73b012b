"""The same seed, the same model: SAG, SAGA and L-BFGS beside scikit-learn's."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn import linear_model

from thalweg import LogisticRegression, Ridge

pytestmark = pytest.mark.filterwarnings("ignore:The max_iter was reached")


def data(is_sparse, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((150, 23))
    if is_sparse:
        X[rng.random_sample(X.shape) < 0.8] = 0
        X[7] = 0  # an empty row
        X[:, 5] = 0  # and an empty column
    z = X @ rng.standard_normal(23) + 0.5 * rng.standard_normal(150)
    return (sparse.csr_matrix(X) if is_sparse else X), z


def classes(z, n_classes):
    return np.digitize(z, np.quantile(z, np.arange(1, n_classes) / n_classes))


def assert_same(ours, theirs, tolerance=1e-10):
    scale = np.abs(theirs.coef_).max()
    assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=tolerance * scale)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=0, atol=tolerance * max(scale, 1))
    assert np.all(ours.n_iter_ == theirs.n_iter_)


PENALTIES = [("sag", 0.0), ("saga", 0.0), ("saga", 0.5), ("saga", 1.0)]


@pytest.mark.parametrize("max_iter", [1, 3, 40])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(("solver", "l1_ratio"), PENALTIES)
def test_logistic_regression(solver, l1_ratio, is_sparse, n_classes, max_iter):
    X, z = data(is_sparse)
    y = classes(z, n_classes)
    for fit_intercept, C in itertools.product([False, True], [0.01, 1.0, np.inf]):
        if np.isinf(C) and l1_ratio:
            continue
        params = {"solver": solver, "l1_ratio": l1_ratio, "C": C, "fit_intercept": fit_intercept}
        params |= {"max_iter": max_iter, "random_state": 5, "tol": 1e-3}
        theirs = linear_model.LogisticRegression(**params).fit(X, y)
        assert_same(LogisticRegression(**params).fit(X, y), theirs)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_no_pass_is_counted_as_one(solver):
    X, z = data(False)
    params = {"solver": solver, "max_iter": 0, "random_state": 0}
    theirs = linear_model.LogisticRegression(**params).fit(X, z > 0)
    assert_same(LogisticRegression(**params).fit(X, z > 0), theirs)
    assert theirs.n_iter_ == 1


def test_scale_of_the_weights_is_reset_within_a_pass():
    X, z = data(True)
    params = {"solver": "saga", "C": 1e-5, "max_iter": 3, "random_state": 0}
    for l1_ratio in (0.0, 0.2):
        theirs = linear_model.LogisticRegression(l1_ratio=l1_ratio, **params).fit(X, z > 0)
        assert_same(LogisticRegression(l1_ratio=l1_ratio, **params).fit(X, z > 0), theirs)


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_ridge(solver, is_sparse):
    X, z = data(is_sparse)
    y = np.column_stack([z, z**2])
    # For an intercept with sparse X scikit-learn takes another solver, or refuses.
    intercepts = [False] if is_sparse else [False, True]
    for fit_intercept, max_iter in itertools.product(intercepts, [1, 4, 1000]):
        params = {"solver": solver, "alpha": [0.5, 3.0], "fit_intercept": fit_intercept}
        params |= {"max_iter": max_iter, "random_state": 2, "tol": 1e-6}
        assert_same(Ridge(**params).fit(X, y), linear_model.Ridge(**params).fit(X, y))


@pytest.mark.filterwarnings('ignore:"sag" solver requires many iterations')
def test_ridge_where_scikit_learn_has_sag_for_sparse_samples_and_an_intercept():
    X, z = data(True)
    params = {"solver": "sag", "tol": 1e-2, "random_state": 2}
    ours, theirs = Ridge(**params).fit(X, z), linear_model.Ridge(**params).fit(X, z)
    assert_same(ours, theirs)
    assert theirs.solver_ == "sag"


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("is_sparse", [False, True])
def test_lbfgs(is_sparse, n_classes):
    X, z = data(is_sparse)
    y, weights = classes(z, n_classes), np.random.RandomState(1).random_sample(len(z))
    for fit_intercept, sample_weight in itertools.product([False, True], [None, weights]):
        params = {"fit_intercept": fit_intercept, "max_iter": 15}
        ours = LogisticRegression(**params).fit(X, y, sample_weight)
        theirs = linear_model.LogisticRegression(**params).fit(X, y, sample_weight)
        assert_same(ours, theirs, 1e-6)


def test_float32_follows_the_same_path():
    X, z = data(False)
    X = X.astype(np.float32)
    for solver in ("sag", "saga", "lbfgs"):
        params = {"solver": solver, "max_iter": 5, "random_state": 0}
        ours = LogisticRegression(**params).fit(X, z > 0)
        theirs = linear_model.LogisticRegression(**params).fit(X, z > 0)
        assert ours.coef_.dtype == ours.intercept_.dtype == np.float32
        assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=1e-4)


def test_warm_start():
    X, z = data(False)
    for solver in ("sag", "saga", "lbfgs"):
        params = {"solver": solver, "max_iter": 2, "random_state": 0, "warm_start": True}
        ours, theirs = LogisticRegression(**params), linear_model.LogisticRegression(**params)
        for _ in range(3):
            assert_same(ours.fit(X, z > 0), theirs.fit(X, z > 0), 1e-8)
