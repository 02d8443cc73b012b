"""SVRG: what the gradient over all the data does for runs and estimators."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from thalweg import MLPRegressor
from thalweg.optimizers import LBFGS, SGD, SVRG, Adam


def least_squares(n=60, d=5):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    y = X @ rng.normal(size=d) + rng.normal(size=n)

    def over(rows):
        def function(w):
            residual = X[rows] @ w - y[rows]
            return 0.5 * np.mean(residual**2), X[rows].T @ residual / len(rows)

        return function

    return over, np.linalg.lstsq(X, y, rcond=None)[0]


def test_a_constant_rate_converges():
    over, solution = least_squares()
    whole = over(np.arange(60))
    svrg, sgd = (optimizer.init(np.zeros(5)) for optimizer in (SVRG(SGD(0.05), 60), SGD(0.05)))
    rng = np.random.default_rng(1)
    for _ in range(3000):
        sample = over(rng.integers(60, size=1))
        svrg.step(closure=sample, full_closure=whole)
        sgd.step(closure=sample)
    assert_allclose(svrg.params, solution, atol=1e-8)
    assert abs(sgd.params - solution).max() > 1e-3


@pytest.mark.parametrize("shuffle", [False, True])
def test_an_estimator_knows_all_its_rows(shuffle):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 3))
    y = X.sum(axis=1)

    def weights(solver, batch_size, max_iter):
        model = MLPRegressor(hidden_layer_sizes=4, solver=solver, batch_size=batch_size)
        model.set_params(max_iter=max_iter, alpha=0.0, shuffle=shuffle, random_state=0)
        return model.fit(X, y).coefs_

    # Every step over all the data, three of them an epoch.
    by_batches = weights(SVRG(SGD(lr=0.1, momentum=0.5), period=1), 4, 2)
    whole = weights(SGD(lr=0.1, momentum=0.5), 12, 6)
    for actual, expected in zip(by_batches, whole, strict=True):
        assert_allclose(actual, expected, rtol=1e-12)


@pytest.mark.parametrize("base", [LBFGS(), SVRG()])
def test_the_base_takes_a_gradient(base):
    with pytest.raises(ValueError, match="`base` must be an optimizer that moves by one dense"):
        SVRG(base).init(np.zeros(2))
    with pytest.raises(ValueError, match=r"`base.lr` must be > 0"):
        SVRG(Adam(lr=0.0)).init(np.zeros(2))
    with pytest.raises(ValueError, match="`period` must be >= 1, got 0"):
        SVRG(period=0).init(np.zeros(2))
