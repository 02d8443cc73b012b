"""Linear models are where the subgradient of the objective, written in NumPy, is zero."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import sparse
from scipy.special import softmax
from sklearn import linear_model
from sklearn.base import clone

from thalweg import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge


def subgradient(w, gradient, l1):
    """Return the smallest element of the subdifferential of `f + l1 |w|_1`, f' = gradient."""
    at_zero = np.sign(gradient) * np.maximum(np.abs(gradient) - l1, 0)
    return np.where(w == 0, at_zero, gradient + l1 * np.sign(w))


def problem(seed, n=80, p=9, density=1.0):
    rng = np.random.RandomState(seed)
    X = rng.standard_normal((n, p)) * np.exp(rng.standard_normal(p)) + rng.standard_normal(p)
    X[rng.random_sample(X.shape) > density] = 0
    z = X @ rng.standard_normal(p) / 3 + rng.standard_normal(n)
    return X, z, rng.randint(0, 4, n).astype(float)


def logistic_slopes(model, X, y, weights):
    scores = X @ model.coef_.T + model.intercept_
    if len(model.classes_) == 2:
        scores = np.column_stack([np.zeros(len(X)), scores])
    slopes = softmax(scores, axis=1) - (y[:, None] == model.classes_)
    slopes = slopes[:, 1:] if len(model.classes_) == 2 else slopes
    return slopes * weights[:, None]


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize(
    ("solver", "l1_ratio"),
    [("lbfgs", 0.0), ("sag", 0.0), ("saga", 0.0), ("saga", 0.4), ("saga", 1.0)],
)
def test_logistic_regression(solver, l1_ratio, is_sparse, n_classes):
    X, z, weights = problem(0, density=0.5 if is_sparse else 1.0)
    X = (X - X.mean(axis=0)) / X.std(axis=0) if not is_sparse else X
    y, C = np.digitize(z, np.quantile(z, np.arange(1, n_classes) / n_classes)), 0.3
    model = LogisticRegression(
        C=C, l1_ratio=l1_ratio, solver=solver, tol=1e-9, max_iter=20_000, random_state=0
    ).fit(sparse.csr_matrix(X) if is_sparse else X, y, weights)
    slopes = logistic_slopes(model, X, y, weights)
    gradient = C * slopes.T @ X + (1 - l1_ratio) * model.coef_
    assert np.abs(subgradient(model.coef_, gradient, l1_ratio)).max() < 1e-5
    assert np.abs(C * slopes.sum(axis=0)).max() < 1e-5


@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_a_weight_is_a_number_of_samples(solver):
    X, z, weights = problem(1)
    weights *= 50
    repeated = weights.astype(int)
    model = LogisticRegression(C=0.01, solver=solver, tol=1e-9, max_iter=20_000, random_state=0)
    weighted = model.fit(X, z > 0, weights).coef_
    again = model.fit(np.repeat(X, repeated, axis=0), np.repeat(z > 0, repeated)).coef_
    assert_allclose(weighted, again, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("solver", ["sag", "saga"])
@pytest.mark.parametrize("heavy", [10.0, 50.0])
def test_heavy_samples_do_not_make_steps_too_long(heavy, solver):
    # With the weight of 50 scikit-learn's own ends after 1500 passes at weights that are 5 off.
    rng = np.random.RandomState(2)
    X = rng.standard_normal((200, 5))
    y = X @ rng.standard_normal(5) + rng.standard_normal(200) > 0
    weights = np.where(np.arange(200) % 10 == 0, heavy, 1.0)
    reference = LogisticRegression(tol=1e-12, max_iter=10_000).fit(X, y, weights)
    model = LogisticRegression(solver=solver, tol=1e-6, max_iter=200, random_state=0)
    model.fit(X, y, weights)
    assert model.n_iter_[0] < 200
    assert_allclose(model.coef_, reference.coef_, rtol=1e-4, atol=1e-4)


def test_scale_of_weights_does_not_matter_without_penalty():
    X, z, weights = problem(3)
    params = {"C": np.inf, "solver": "saga", "max_iter": 7, "random_state": 0}
    fits = [
        LogisticRegression(**params).fit(X, z > 0, weights * factor).coef_
        for factor in (1.0, 1024.0)
    ]
    assert np.array_equal(*fits)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("solver", ["auto", "sag", "saga"])
def test_ridge(solver, is_sparse, fit_intercept, dtype):
    X, z, weights = problem(4, density=0.5 if is_sparse else 1.0)
    X, alpha = X.astype(dtype), 2.0
    model = Ridge(
        alpha=alpha, solver=solver, fit_intercept=fit_intercept, tol=1e-7, max_iter=20_000
    )
    model.set_params(random_state=0).fit(sparse.csr_matrix(X) if is_sparse else X, z, weights)
    A = np.column_stack([X, np.full(len(X), float(fit_intercept))]).astype(float)
    penalty = alpha * np.eye(A.shape[1])
    penalty[-1, -1] = 0 if fit_intercept else 1
    exact = np.linalg.solve(A.T @ (weights[:, None] * A) + penalty, A.T @ (weights * z))
    found = np.append(model.coef_, model.intercept_)
    assert model.coef_.dtype == dtype
    exactness = 1e-3 if dtype == np.float32 else 1e-6 if solver == "auto" else 1e-4
    assert_allclose(found, exact, rtol=exactness, atol=exactness)


@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("solver", ["sag", "saga"])
def test_samples_that_are_hardly_ever_drawn(solver, is_sparse):
    # The others settle long before the last one has been seen again.
    rng = np.random.RandomState(8)
    X, weights = rng.standard_normal((60, 5)), np.ones(60)
    z = X.sum(axis=1) + rng.standard_normal(60)
    weights[-1], X[-1], z[-1] = 1e-3, 10.0, 1e5
    data = sparse.csr_matrix(X) if is_sparse else X
    model = Ridge(solver=solver, tol=1e-10, max_iter=100_000, random_state=0)
    exact = linear_model.Ridge(solver="svd").fit(X, z, weights)
    assert_allclose(model.fit(data, z, weights).coef_, exact.coef_, rtol=1e-6)


def test_ridge_with_penalties_and_targets():
    X, z, _ = problem(5)
    Y, alpha = np.column_stack([z, 1e6 * z**2, 1e-6 * z]), [0.1, 1.0, 10.0]
    ours, theirs = Ridge(alpha).fit(X, Y), linear_model.Ridge(alpha).fit(X, Y)
    assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6)
    assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-6)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_do_not_matter(factor):
    X, z, _ = problem(6)
    plain, scaled = Ridge(alpha=0).fit(X, z), Ridge(alpha=0).fit(X * factor, z)
    assert_allclose(scaled.coef_ * factor, plain.coef_, rtol=1e-6)
    shifted = LinearRegression(tol=1e-10).fit(X + 1000.0, z)
    assert_allclose(shifted.coef_, plain.coef_, rtol=1e-5)


def test_positive():
    X, z, weights = problem(7)
    for model in (Ridge(positive=True), LinearRegression(positive=True)):
        theirs = getattr(linear_model, type(model).__name__)(positive=True, tol=1e-12)
        model.set_params(tol=1e-9).fit(X, z, weights)
        theirs.fit(X, z, weights)
        assert (model.coef_ >= 0).all()
        assert_allclose(model.coef_, theirs.coef_, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("is_sparse", [False, True])
@pytest.mark.parametrize("l1_ratio", [0.2, 1.0])
def test_elastic_net(l1_ratio, is_sparse, fit_intercept, positive):
    X, z, weights = problem(8, density=0.5 if is_sparse else 1.0)
    params = {
        "alpha": 0.2,
        "l1_ratio": l1_ratio,
        "fit_intercept": fit_intercept,
        "positive": positive,
    }
    params |= {"tol": 1e-12, "max_iter": 10_000}
    model = ElasticNet(**params).fit(sparse.csr_matrix(X) if is_sparse else X, z, weights)
    residual = (X @ model.coef_ + model.intercept_ - z) * weights / weights.sum()
    gradient = X.T @ residual + 0.2 * (1 - l1_ratio) * model.coef_
    slope = subgradient(model.coef_, gradient, 0.2 * l1_ratio)
    if positive:
        assert (model.coef_ >= 0).all()
        slope = np.where((model.coef_ == 0) & (gradient + 0.2 * l1_ratio > 0), 0, slope)
    assert np.abs(slope).max() < 1e-5
    if fit_intercept:
        assert abs(residual.sum()) < 1e-9
    assert 0 <= model.dual_gap_ < 1e-10


def test_lasso_is_the_elastic_net_of_ratio_1():
    X, z, _ = problem(9)
    lasso, net = Lasso(alpha=0.1).fit(X, z), ElasticNet(alpha=0.1, l1_ratio=1.0).fit(X, z)
    assert np.array_equal(lasso.coef_, net.coef_)
    assert lasso.n_iter_ == net.n_iter_


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_csr_of_any_structure(draw):
    """Empty rows, unsorted and duplicate indices: the model of the tidy matrix.

    Explicit zeros stay: before the optimum SAGA's L1 depends on which elements are stored, as
    scikit-learn's does.
    """
    n, p = draw.draw(st.integers(4, 12)), draw.draw(st.integers(1, 6))
    counts = [draw.draw(st.integers(0, 2 * p)) for _ in range(n)]
    total = sum(counts)
    indices = draw.draw(st.lists(st.integers(0, p - 1), min_size=total, max_size=total))
    values = draw.draw(st.lists(st.integers(-3, 3), min_size=total, max_size=total))
    X = sparse.csr_matrix(
        (np.array(values, float), np.array(indices, np.int32), np.cumsum([0, *counts])), (n, p)
    )
    assume(X.toarray().any())  # SAG has no step for zeros, and says so as scikit-learn does.
    summed = X.copy()
    summed.sum_duplicates()
    before = [part.copy() for part in (X.data, X.indices, X.indptr)]
    y = np.arange(n) % 2
    for model in (
        LogisticRegression(max_iter=5),
        LogisticRegression(solver="saga", l1_ratio=0.5, fit_intercept=False, max_iter=3),
        Ridge(solver="sag", fit_intercept=False, max_iter=3),
        ElasticNet(alpha=0.01, max_iter=20),
    ):
        if "random_state" in model.get_params():
            model.set_params(random_state=0)
        tidy = clone(model).fit(summed, y)
        found = model.fit(X, y)
        assert_allclose(found.coef_, tidy.coef_, rtol=1e-6, atol=1e-8)
        assert_allclose(found.intercept_, tidy.intercept_, rtol=1e-6, atol=1e-8)
    assert all(
        np.array_equal(a, b) for a, b in zip(before, (X.data, X.indices, X.indptr), strict=True)
    )
