"""Rates and data that are too large: an error or a warning, and finite weights."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from thalweg import MLPRegressor
from thalweg.optimizers import SGD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
NUMBERS = X @ [1.0, -2.0, 0.5]


@pytest.mark.parametrize("solver", ["sgd", SGD(lr=1e4)], ids=str)
def test_divergence_keeps_the_last_finite_weights(solver):
    params = {"activation": "identity", "learning_rate_init": 1e4, "random_state": 0}
    estimator = MLPRegressor(solver=solver, hidden_layer_sizes=(20,), **params)
    message = (
        "Solver produced non-finite parameter weights. The input data may contain large values "
        "and need to be preprocessed."
    )
    with pytest.raises(ValueError, match=message):
        estimator.fit(X * 100, NUMBERS)
    assert all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_)
    assert estimator.predict(X).shape == (40,)


def test_divergence_of_lbfgs_keeps_finite_weights():
    largest = np.finfo(np.float64).max
    estimator = MLPRegressor(solver="lbfgs", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            estimator.fit(largest * RNG.uniform(size=(10, 2)), np.ones(10))
        except ValueError as error:
            assert "non-finite" in str(error)  # noqa: PT017 - both ends are right
    assert all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_)


def test_divergence_with_early_stopping_restores_the_best_weights():
    estimator = MLPRegressor(
        solver="sgd",
        activation="identity",
        learning_rate_init=10.0,
        early_stopping=True,
        random_state=0,
    )
    with pytest.warns(ConvergenceWarning, match="Training diverged"):
        estimator.fit(X * 100, NUMBERS)
    assert all(np.isfinite(array).all() for array in estimator.coefs_ + estimator.intercepts_)


def test_a_diverged_partial_fit_can_be_repaired():
    estimator = MLPRegressor(solver="sgd", hidden_layer_sizes=(4,), batch_size=5, random_state=0)
    estimator.partial_fit(X, NUMBERS)
    before = [coef.copy() for coef in estimator.coefs_]
    estimator.set_params(learning_rate_init=1e300)
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
        estimator.partial_fit(X, NUMBERS)
    for old, new in zip(before, estimator.coefs_, strict=True):
        assert_array_equal(new, old)
    estimator.set_params(learning_rate_init=1e-3).partial_fit(X, NUMBERS)
    assert all(np.isfinite(array).all() for array in estimator.coefs_)
    assert not np.array_equal(estimator.coefs_[0], before[0])
