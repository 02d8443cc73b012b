"""Where an optimizer goes on after the weights have gone back, or are others: every optimizer."""

import copy
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import ConvergenceWarning

from thalweg import MLPRegressor, SGDRegressor
from thalweg.gradients import Accumulate
from thalweg.optimizers import (
    COCOB,
    EMA,
    LBFGS,
    MADGRAD,
    SGD,
    SVRG,
    SWA,
    Adam,
    DAdaptAdaGrad,
    DAdaptSGD,
    DoG,
    DoWG,
    Lookahead,
    Prodigy,
    SparseAdam,
    all_optimizers,
)
from thalweg.schedules import ExponentialLR

OTHERS = [
    Lookahead(SGD(lr=0.1), k=4),
    Lookahead(Adam(lr=0.05), k=7, reset_state=True),
    EMA(Lookahead(SGD(lr=0.1), k=4), decay=0.5),
    SWA(SGD(lr=0.1), start=4, frequency=3),
    SVRG(SGD(lr=0.05), period=5),
    LBFGS(line_search_fn="strong_wolfe"),
    Prodigy(slice_p=3, d0=0.01),
]
EVERY = [rule() for rule in all_optimizers() if rule not in (SparseAdam, LBFGS)] + OTHERS
EPOCHS = 12


def data():
    rng = np.random.default_rng(3)
    return rng.normal(size=(40, 4)), rng.normal(size=40)  # nothing to learn


def model(**params):
    return MLPRegressor(
        hidden_layer_sizes=5,
        alpha=0.0,
        batch_size=12,
        random_state=0,
        warm_start=True,
        keep_optimizer_state=True,
        n_iter_no_change=np.inf,
        **params,
    )


def fit(model, max_iter):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.set_params(max_iter=max_iter).fit(*data())


def weights(model):
    return model.coefs_ + model.intercepts_


def assert_same(one, other):
    for a, b in zip(weights(one), weights(other), strict=True):
        assert_array_equal(a, b)


def gone_back_and_stopped(**params):
    """Return a model that has gone back to its best epoch, and one that has stopped there."""
    gone_back = fit(model(early_stopping=True, **params), EPOCHS)
    best = int(np.argmax(gone_back.validation_scores_))
    return gone_back, fit(model(early_stopping=True, **params), best + 1), best


@pytest.mark.parametrize("solver", EVERY, ids=repr)
def test_after_going_back_training_goes_on_as_if_it_had_stopped_there(solver):
    gone_back, stopped, _ = gone_back_and_stopped(solver=solver)
    assert_same(gone_back, stopped)
    for epochs in (1, 2):
        assert_same(fit(gone_back, epochs), fit(stopped, epochs))


@pytest.mark.parametrize(
    "params",
    [
        {"solver": SGD(lr=0.2, momentum=0.9)},
        {"solver": Lookahead(SGD(lr=0.2), k=4)},
        {"solver": SGD(lr=0.3, momentum=0.9), "schedule": ExponentialLR(gamma=0.95)},
        {"solver": Adam(lr=0.1), "schedule": ExponentialLR(gamma=0.99, per="step")},
        {"solver": SGD(lr=0.2), "gradient_transforms": [Accumulate(2)]},
    ],
    ids=repr,
)
def test_there_is_something_to_go_back_from(params):
    gone_back, stopped, best = gone_back_and_stopped(**params)
    assert best < EPOCHS - 1
    assert_same(fit(gone_back, 2), fit(stopped, 2))
    assert gone_back._optimizer.learning_rate == stopped._optimizer.learning_rate
    assert len(gone_back.loss_curve_) == EPOCHS + 2


def test_partial_fit_of_a_linear_model_goes_on_from_its_best_epoch():
    X, y = data()
    rule = {"solver": Lookahead(SGD(lr=0.2), k=4), "batch_size": 8, "random_state": 0, "tol": None}
    held_out = {"X_val": X[30:], "y_val": y[30:]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        long = SGDRegressor(**rule, early_stopping=True, max_iter=EPOCHS).fit(X, y, **held_out)
        best = int(np.argmax(long.validation_scores_))
        short = SGDRegressor(**rule, early_stopping=True, max_iter=best + 1).fit(X, y, **held_out)
    assert best < EPOCHS - 1
    for linear in (long, short):
        linear.set_params(early_stopping=False).partial_fit(X, y)
    assert_array_equal(long.coef_, short.coef_)


def set_weights(model):
    rng = np.random.default_rng(1)
    model.coefs_ = [rng.normal(size=coef.shape) for coef in model.coefs_]
    return model


def test_slow_weights_begin_anew_at_the_weights_that_the_user_sets():
    trained = set_weights(fit(model(solver=Lookahead(SGD(lr=0.1), k=4)), EPOCHS))
    there = copy.deepcopy(weights(trained))
    fit(trained.set_params(solver__optimizer__lr=1e-15), 4)
    for actual, expected in zip(weights(trained), there, strict=True):
        assert_allclose(actual, expected, atol=1e-9)


STARTING = [DoG(), DoWG(), MADGRAD(), DAdaptSGD(), DAdaptAdaGrad(), Prodigy(), COCOB()]


@pytest.mark.parametrize("solver", [*STARTING, Prodigy(slice_p=3)], ids=repr)
def test_what_leads_from_the_start_begins_anew_at_the_weights_that_the_user_sets(solver):
    trained = set_weights(fit(model(solver=solver), EPOCHS))
    fresh = copy.deepcopy(trained)
    del fresh._optimizer
    assert_same(fit(trained, 2), fit(fresh, 2))
