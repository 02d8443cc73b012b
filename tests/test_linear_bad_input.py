"""What linear models on mini-batches refuse, by name; the estimator is as before then."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.sparse import csr_array

from thalweg import SGDClassifier, SGDRegressor
from thalweg.optimizers import SGD, AdamW
from thalweg.schedules import StepLR

X = np.random.default_rng(0).normal(size=(20, 3))
Y = np.arange(20) % 2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"solver": "Adan2"}, "`solver` must be an optimizer or among ["),
        ({"solver": SGD(lr=-1.0)}, "`lr` must be > 0 and finite, got -1.0"),
        ({"solver": "SGD", "eta0": 0.5}, "`eta0` must be 0.01 with `solver`, which has a rate of"),
        ({"solver": "SGD", "power_t": 0.1}, "`power_t` must be 0.5 with `solver`"),
        (
            {"solver": "SGD", "learning_rate": "constant"},
            "`learning_rate` must be 'optimal' with `solver`, which has a rate of its own, got "
            "'constant'",
        ),
        (
            {"schedule": StepLR(3), "learning_rate": "constant"},
            "`learning_rate` must be 'optimal' with `schedule`, which takes its place, got "
            "'constant'",
        ),
        (
            {"batch_size": 4, "learning_rate": "pa1", "eta0": 1.0},
            "`learning_rate` must be 'constant', 'optimal', 'invscaling' or 'adaptive' on "
            "mini-batches, got 'pa1'",
        ),
        (
            {"batch_size": 4, "like_sklearn": True},
            "`like_sklearn` must be False on mini-batches, which scikit-learn does not have, got",
        ),
        ({"batch_size": 0}, "The 'batch_size' parameter of SGDClassifier must be an int in"),
        ({"batch_size": "half"}, "The 'batch_size' parameter of SGDClassifier must be"),
        ({"solver": 3}, "The 'solver' parameter of SGDClassifier must be"),
        ({"schedule": "step"}, "The 'schedule' parameter of SGDClassifier must be"),
        ({"loss": "poisson"}, "The 'loss' parameter of SGDClassifier must be a str among"),
        ({"grow_classes": 3}, "The 'grow_classes' parameter of SGDClassifier must be"),
    ],
)
def test_parameters(settings, message):
    model = SGDClassifier(**settings)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=re.escape(message)):
        model.fit(X, Y)
    assert vars(model) == before


@pytest.mark.parametrize(
    ("settings", "y", "message"),
    [
        ({"loss": "poisson"}, X[:, 0], "`y` must be >= 0 for loss='poisson', got -"),
        ({"loss": "gamma"}, np.abs(X[:, 0]) * Y, "`y` must be > 0 for loss='gamma', got 0.0"),
        ({"loss": "tweedie"}, X[:, 0], "`y` must be >= 0 for loss='tweedie', got -"),
        ({"loss": "tweedie", "power": 0.5}, Y, "The 'power' parameter of SGDRegressor must be"),
        ({"loss": "quantile", "quantile": 1.0}, Y, "The 'quantile' parameter of SGDRegressor"),
        ({"loss": "hinge"}, Y, "The 'loss' parameter of SGDRegressor must be a str among"),
    ],
)
@pytest.mark.parametrize("solver", [None, "Adam"])
def test_losses(settings, y, message, solver):
    model = SGDRegressor(solver=solver, **settings)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=re.escape(message)):
        model.fit(X, y)
    assert vars(model) == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": X[:, :0]}, "Found array with 0 feature(s)"),
        ({"X": np.where(X[1, 1] == X, np.inf, X)}, "Input X contains infinity"),
        ({"X": csr_array(X * np.nan)}, "Input X contains NaN"),
        ({"y": Y[:5]}, "Found input variables with inconsistent numbers of samples: [20, 5]"),
        ({"y": Y * 0}, "The number of classes has to be greater than one; got 1 class"),
        ({"sample_weight": np.full(20, -1.0)}, "Negative values in data passed to `sample_weight`"),
        ({"sample_weight": np.zeros(20)}, "Sample weights must contain at least one non-zero"),
        ({"coef_init": np.zeros(2)}, "Provided coef_init does not match dataset."),
        ({"intercept_init": np.zeros(2)}, "Provided intercept_init does not match dataset."),
        ({"X_val": X}, "`y_val` must be given with `X_val`, got None"),
        ({"y_val": Y}, "`X_val` must be given with `y_val`, got None"),
        ({"X_val": X, "y_val": Y}, "`early_stopping` must be True with `X_val`, got False"),
    ],
)
def test_data(arguments, message):
    model = SGDClassifier(solver="Adam")
    before = dict(vars(model))
    with pytest.raises(ValueError, match=re.escape(message)):
        model.fit(**{"X": X, "y": Y, **arguments})
    assert vars(model) == before


@pytest.mark.parametrize("solver", [None, "Adam"])
@pytest.mark.parametrize(
    ("X_val", "y_val", "message"),
    [
        (X[:, :2], Y, "X has 2 features, but SGDClassifier is expecting 3 features as input."),
        (X * np.nan, Y, "Input X contains NaN"),
        (X[:4], Y, "Found input variables with inconsistent numbers of samples: [4, 20]"),
        (X[:, 0], Y, "Expected 2D array, got 1D array instead"),
    ],
)
def test_rows_to_validate_on(X_val, y_val, message, solver):
    model = SGDClassifier(solver=solver, early_stopping=True)
    before = dict(vars(model))
    with pytest.raises(ValueError, match=re.escape(message)):
        model.fit(X, Y, X_val=X_val, y_val=y_val)
    assert vars(model) == before


def test_an_unknown_label_to_validate_on():
    model = SGDClassifier(solver="Adam", early_stopping=True)
    with pytest.raises(ValueError, match=r"`y` must hold classes among \[0 1\], got \[2\]"):
        model.fit(X, Y, X_val=X, y_val=Y * 2)


def test_going_on():
    model = SGDRegressor(solver="Adam").partial_fit(X, X[:, :2])
    with pytest.raises(ValueError, match="the number of outputs of `y` must stay 2 when training"):
        model.partial_fit(X, X[:, 0])
    with pytest.raises(ValueError, match="X has 2 features, but SGDRegressor is expecting 3"):
        model.partial_fit(X[:, :2], X[:, :2])
    with pytest.raises(ValueError, match="early_stopping should be False with partial_fit"):
        SGDRegressor(solver="Adam", early_stopping=True).partial_fit(X, Y)


def test_several_outputs_need_batches():
    with pytest.raises(ValueError, match="y should be a 1d array"):
        SGDRegressor().fit(X, X[:, :2])


def test_the_users_data_stays_as_it_is():
    data = csr_array((np.ones(4), [2, 0, 1, 1], [0, 2, 4]), shape=(2, 3))
    indices = data.indices.copy()
    SGDClassifier(solver=AdamW(), max_iter=1, tol=None).fit(data, [0, 1])
    assert (data.indices == indices).all()
