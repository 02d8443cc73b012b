"""Linear models on mini-batches: the steps against NumPy, and what surrounds them."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linear_reference import CLASSIFIES, LOSSES, SETTINGS, softmax, train
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array

from thalweg import SGDClassifier, SGDRegressor, get_num_threads, set_num_threads
from thalweg.optimizers import FISTA, LBFGS, SAM, SGD, Adam, AdamW, Lion
from thalweg.schedules import CosineAnnealingLR, StepLR

N, FEATURES = 45, 6
# As many epochs as are asked for, in the rows' own order.
PLAIN = {"shuffle": False, "tol": None, "max_iter": 4, "batch_size": 7}
ALPHA = {"alpha": 0.01}


def features(n=N, d=FEATURES, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


def labels(n=N, classes=2, seed=1):
    y = np.random.default_rng(seed).integers(classes, size=n)
    y[:classes] = np.arange(classes)
    return y


def numbers(loss, n=N, seed=2):
    y = np.random.default_rng(seed).normal(size=n)
    return np.abs(y) + 0.1 if loss in ("poisson", "gamma", "tweedie") else y


def encoded(loss, y):
    """Targets as the reference takes them: a column a class, or one for two."""
    columns = y[:, None] == (np.arange(1, 2) if y.max() == 1 else np.arange(y.max() + 1))
    return np.where(columns, 1.0, 0.0 if loss in ("log_loss", "multinomial") else -1.0)


def plainly(rate):
    def step(coef, intercept, of_coef, of_intercept):
        coef -= rate * of_coef
        intercept -= rate * of_intercept

    return step


def assert_like(model, expected, rtol=1e-11):
    coef, intercept, curve, _ = expected
    assert_allclose(np.atleast_2d(model.coef_), coef, rtol=rtol, atol=rtol)
    assert_allclose(model.intercept_, intercept, rtol=rtol, atol=rtol)
    assert_allclose(model.loss_curve_, curve, rtol=rtol)


# ---- Steps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("loss", CLASSIFIES)
def test_losses_of_classes(loss, classes):
    X, y = features(), labels(classes=classes)
    model = SGDClassifier(loss=loss, solver=SGD(lr=0.1), **PLAIN, **ALPHA).fit(X, y)
    expected = train(loss, X, encoded(loss, y), plainly(0.1), batch_size=7, epochs=4, l2=0.01)
    assert_like(model, expected)


@pytest.mark.parametrize("loss", sorted(set(LOSSES) - set(CLASSIFIES)))
def test_losses_of_numbers(loss):
    X, y = features(), numbers(loss)
    settings = SETTINGS.get(loss, {})
    model = SGDRegressor(loss=loss, solver=SGD(lr=0.05), **PLAIN, **ALPHA, **settings).fit(X, y)
    expected = train(loss, X, y[:, None], plainly(0.05), batch_size=7, epochs=4, l2=0.01)
    assert_like(model, expected)
    p = X @ model.coef_ + model.intercept_
    mean = np.exp(p) if loss in ("poisson", "gamma", "tweedie") else p
    assert_allclose(model.predict(X), mean, rtol=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", "huber"])
def test_losses_of_numbers_tell_classes_apart(loss):
    X, y = features(), labels()
    model = SGDClassifier(loss=loss, solver=SGD(lr=0.1), **PLAIN, **ALPHA).fit(X, y)
    expected = train(loss, X, encoded(loss, y), plainly(0.1), batch_size=7, epochs=4, l2=0.01)
    assert_like(model, expected)


@pytest.mark.parametrize(
    ("penalty", "l2", "l1"),
    [(None, 0, 0), ("l2", 0.05, 0), ("l1", 0, 0.05), ("elasticnet", 0.03, 0.02)],
)
def test_penalties_stand_beside_the_mean_loss(penalty, l2, l1):
    X, y = features(), labels()
    weights = np.random.default_rng(3).uniform(0.1, 2, N)
    model = SGDClassifier(
        loss="log_loss", penalty=penalty, alpha=0.05, l1_ratio=0.4, solver=SGD(lr=0.1), **PLAIN
    ).fit(X, y, sample_weight=weights)
    Y = encoded("log_loss", y)
    step, sizes = plainly(0.1), {"batch_size": 7, "epochs": 4}
    assert_like(model, train("log_loss", X, Y, step, **sizes, l2=l2, l1=l1, weights=weights))


def test_no_penalty_by_its_strength():
    X, y = features(), labels()
    zero = SGDClassifier(solver="Adam", alpha=0.0, **PLAIN).fit(X, y)
    none = SGDClassifier(solver="Adam", penalty=None, **PLAIN).fit(X, y)
    assert_array_equal(zero.coef_, none.coef_)


def test_softmax():
    X, y = features(), labels(classes=4)
    model = SGDClassifier(loss="multinomial", solver=SGD(lr=0.2), **PLAIN, **ALPHA).fit(X, y)
    Y = encoded("multinomial", y)
    assert_like(model, train("multinomial", X, Y, plainly(0.2), batch_size=7, epochs=4, l2=0.01))
    assert_allclose(model.predict_proba(X), softmax(model.decision_function(X)), rtol=1e-12)
    assert_allclose(model.predict_log_proba(X), np.log(model.predict_proba(X)))


def test_softmax_of_two_classes_is_the_log_loss():
    X, y = features(), labels()
    two, one = (
        SGDClassifier(loss=loss, solver="Adam", **PLAIN).fit(X, y)
        for loss in ("multinomial", "log_loss")
    )
    assert_array_equal(two.coef_, one.coef_)
    assert_allclose(two.predict_proba(X), one.predict_proba(X), rtol=1e-12)


def test_several_numbers_at_once_are_as_many_models():
    X = features()
    Y = np.column_stack([numbers("huber", seed=seed) for seed in (2, 3, 4)])
    settings = {"loss": "huber", "solver": SGD(lr=0.1), **PLAIN}
    model = SGDRegressor(**settings).fit(X, Y)
    assert model.coef_.shape == (3, FEATURES)
    for k in range(3):
        single = SGDRegressor(**settings).fit(X, Y[:, k])
        assert_allclose(model.coef_[k], single.coef_, rtol=1e-12)
        assert_allclose(model.predict(X)[:, k], single.predict(X), rtol=1e-11)
    column = SGDRegressor(**settings).fit(X, Y[:, :1])
    assert column.coef_.shape == (1, FEATURES)
    assert column.predict(X).shape == (N, 1)


@pytest.mark.parametrize("solver", [Adam(lr=0.05), AdamW(lr=0.05), Lion(lr=0.01)], ids=repr)
def test_any_optimizer(solver):
    X, y = features(), labels()
    run = solver.init([np.zeros((1, FEATURES)), np.zeros(1)])

    def step(coef, intercept, of_coef, of_intercept):
        run.step([of_coef, of_intercept])
        coef[...], intercept[...] = run.params

    model = SGDClassifier(solver=solver, **PLAIN, **ALPHA).fit(X, y)
    Y = encoded("hinge", y)
    assert_like(model, train("hinge", X, Y, step, batch_size=7, epochs=4, l2=0.01))


def test_a_name_is_the_optimizer_at_its_defaults():
    X, y = features(), labels()
    one, other = (SGDClassifier(solver=s, **PLAIN).fit(X, y) for s in ("adamw", AdamW()))
    assert_array_equal(one.coef_, other.coef_)


@pytest.mark.parametrize(
    ("settings", "rate"),
    [
        ({"learning_rate": "constant", "eta0": 0.1}, lambda t: 0.1),
        ({"learning_rate": "invscaling", "eta0": 0.1, "power_t": 0.3}, lambda t: 0.1 / t**0.3),
        ({"learning_rate": "optimal", "alpha": 0.01}, lambda t: 1 / (0.01 * (0.01**-0.75 + t - 1))),
        ({"schedule": StepLR(2, per="step"), "eta0": 0.1}, lambda t: 0.1 * 0.1 ** ((t - 1) // 2)),
    ],
    ids=str,
)
def test_without_a_solver_the_rates_are_scikit_learns(settings, rate):
    X, y, t = features(), labels(), [0]

    def step(coef, intercept, of_coef, of_intercept):
        t[0] += 1
        coef -= rate(t[0]) * of_coef
        intercept -= rate(t[0]) * of_intercept

    model = SGDClassifier(**PLAIN, **{**ALPHA, **settings}).fit(X, y)
    Y = encoded("hinge", y)
    assert_like(model, train("hinge", X, Y, step, batch_size=7, epochs=4, l2=0.01))


def test_schedules_by_epoch():
    schedule = CosineAnnealingLR(T_max=4, per="epoch")
    X, y = features(), labels()
    model = SGDClassifier(solver=SGD(lr=0.1), schedule=schedule, **PLAIN, **ALPHA).fit(X, y)
    taken, per_epoch = [0], -(-N // 7)

    def step(coef, intercept, of_coef, of_intercept):
        rate = schedule(taken[0] // per_epoch, lr=0.1)
        taken[0] += 1
        coef -= rate * of_coef
        intercept -= rate * of_intercept

    Y = encoded("hinge", y)
    assert_like(model, train("hinge", X, Y, step, batch_size=7, epochs=4, l2=0.01))


def test_batches_of_all_and_of_one():
    X, y = features(), labels()
    settings = {**PLAIN, **ALPHA, "solver": SGD(lr=0.1)}
    Y = encoded("hinge", y)
    for size, rows in (("full", N), (10**6, N), (1, 1)):
        model = SGDClassifier(**{**settings, "batch_size": size}).fit(X, y)
        assert_like(model, train("hinge", X, Y, plainly(0.1), batch_size=rows, epochs=4, l2=0.01))


def test_no_intercept():
    X, y = features(), labels()
    model = SGDClassifier(solver=SGD(lr=0.1), fit_intercept=False, **PLAIN, **ALPHA).fit(X, y)
    sizes = {"batch_size": 7, "epochs": 4, "l2": 0.01, "intercept": False}
    assert_like(model, train("hinge", X, encoded("hinge", y), plainly(0.1), **sizes))
    assert model.intercept_ == 0


@pytest.mark.parametrize(("average", "first"), [(True, 1), (20, 3)])
def test_the_average_is_of_the_steps(average, first):
    X, y = features(), labels()
    model = SGDClassifier(solver=SGD(lr=0.1), average=average, **PLAIN, **ALPHA).fit(X, y)
    Y = encoded("hinge", y)
    *_, path = train("hinge", X, Y, plainly(0.1), batch_size=7, epochs=4, l2=0.01)
    coefs, intercepts = zip(*path[first - 1 :], strict=True)
    assert_allclose(model.coef_, np.mean(coefs, axis=0), rtol=1e-11)
    assert_allclose(model.intercept_, np.mean(intercepts, axis=0), rtol=1e-11)


@pytest.mark.parametrize(
    "solver", [LBFGS(line_search_fn="strong_wolfe"), FISTA(), SAM(SGD(lr=0.1))], ids=repr
)
def test_optimizers_that_evaluate_more_than_once(solver):
    X = features(200)
    y = (X @ np.arange(FEATURES) > 0).astype(int)
    model = SGDClassifier("log_loss", solver=solver, batch_size="full", max_iter=60, tol=None)
    assert model.fit(X, y).score(X, y) > 0.95
    assert np.diff(model.loss_curve_).max() < 1e-3


# ---- Data ----------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(
    seed=st.integers(0, 2**16),
    n=st.integers(3, 40),
    d=st.integers(1, 9),
    classes=st.integers(2, 3),
    batch_size=st.integers(2, 50),
    dtype=st.sampled_from([np.float32, np.float64]),
    int64=st.booleans(),
)
def test_sparse_and_dense_agree(seed, n, d, classes, batch_size, dtype, int64):
    rng = np.random.default_rng(seed)
    dense = rng.normal(size=(n, d)) * (rng.random((n, d)) < 0.4)
    y = labels(n, classes, seed)
    # Columns of a row in any order, some of them twice, some zeros written down.
    parts = [np.flatnonzero(rng.random(d) < 0.6) for _ in range(n)]
    parts = [rng.permutation(np.r_[part, part[:1]]) for part in parts]
    indices = np.concatenate(parts).astype(np.int64 if int64 else np.int32)
    indptr = np.cumsum([0, *map(len, parts)]).astype(indices.dtype)
    sparse = csr_array((rng.normal(size=len(indices)), indices, indptr), (n, d)).astype(dtype)
    settings = {"solver": "Adam", "batch_size": batch_size, "max_iter": 2, "tol": None}
    for X in (csr_array(dense.astype(dtype)), sparse):
        before = X.data.copy(), X.indices.copy()
        one, other = (SGDClassifier(**settings, random_state=0).fit(x, y) for x in (X, X.toarray()))
        assert_array_equal(X.data, before[0])
        assert_array_equal(X.indices, before[1])
        tolerance = 1e-4 if dtype is np.float32 else 1e-11
        assert_allclose(one.coef_, other.coef_, rtol=tolerance, atol=tolerance)
        assert one.coef_.dtype == dtype


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_bits_do_not_depend_on_the_threads(dtype, classes):
    X, y = features(20_000, 100).astype(dtype), labels(20_000, classes)
    settings = {"solver": "Adam", "batch_size": 16_384, "max_iter": 3, "tol": None}
    threads, models = get_num_threads(), []
    try:
        for n in (1, 2, 5):
            set_num_threads(n)
            models.append(SGDClassifier(**settings, random_state=0).fit(X, y))
    finally:
        set_num_threads(threads)
    for model in models[1:]:
        assert_array_equal(model.coef_, models[0].coef_)
        assert model.loss_curve_ == models[0].loss_curve_


def test_a_weight_of_two_is_a_row_that_is_there_twice():
    X, y = features(), labels(classes=3)
    settings = {"solver": SGD(lr=0.1), "batch_size": "full", "max_iter": 5, "tol": None}
    weights = np.ones(N)
    weights[:9], weights[9:12] = 2, 0
    weighted = SGDClassifier(**settings).fit(X, y, sample_weight=weights)
    twice = np.r_[np.arange(9), np.arange(9), np.arange(12, N)]
    repeated = SGDClassifier(**settings).fit(X[twice], y[twice])
    assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-12)


def test_the_weight_of_a_class_is_that_of_its_rows():
    X, y = features(), labels(classes=3)
    settings = {"solver": "Adam", "random_state": 0, **PLAIN}
    of_class = SGDClassifier(class_weight={0: 3.0, 2: 0.5}, **settings).fit(X, y)
    of_rows = SGDClassifier(**settings).fit(X, y, sample_weight=np.array([3, 1, 0.5])[y])
    assert_array_equal(of_class.coef_, of_rows.coef_)


# ---- Stopping ------------------------------------------------------------------------------------


@pytest.mark.parametrize("solver", [None, "Adam"])
@pytest.mark.parametrize("sparse", [False, True])
def test_rows_of_ones_own_to_validate_on(solver, sparse):
    X, X_val = features(300), features(100, seed=9)
    y, y_val = ((x @ np.arange(FEATURES) > 0).astype(int) for x in (X, X_val))
    if sparse:
        X, X_val = csr_array(X), csr_array(X_val)
    model = SGDClassifier(solver=solver, batch_size=16, early_stopping=True, random_state=0)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    assert model.n_iter_ == len(model.validation_scores_) < 1000
    # The best coefficients are kept, not the last.
    assert (
        model.score(X_val, y_val) == model.best_validation_score_ == max(model.validation_scores_)
    )
    regressor = SGDRegressor(solver="Adam", batch_size=16, early_stopping=True, tol=1e-2)
    regressor.fit(X, X @ np.arange(FEATURES), X_val=X_val, y_val=X_val @ np.arange(FEATURES))
    best = regressor.score(X_val, X_val @ np.arange(FEATURES))
    assert best == pytest.approx(regressor.best_validation_score_, rel=1e-12)


@pytest.mark.parametrize("loss", ["poisson", "squared_error", "quantile"])
def test_scores_are_those_of_predictions(loss):
    X = features(200)
    y = np.exp(X @ np.full(FEATURES, 0.3))
    settings = {"solver": "Adam", "batch_size": 20, "early_stopping": True, "max_iter": 30}
    model = SGDRegressor(loss=loss, **settings, random_state=0, tol=0.0)
    model.fit(X, y, X_val=X[:50], y_val=y[:50])
    assert model.score(X[:50], y[:50]) == pytest.approx(model.best_validation_score_, rel=1e-12)


def test_early_stopping_splits_as_scikit_learn():
    X = features(300)
    y = (X @ np.arange(FEATURES) > 0).astype(int)
    settings = {"solver": "Adam", "batch_size": 16, "early_stopping": True, "random_state": 3}
    model = SGDClassifier(**settings, validation_fraction=0.2).fit(X, y)
    held_back = model._make_validation_split(y, sample_mask=np.ones(300, bool))
    assert held_back.sum() == 60
    assert model.score(X[held_back], y[held_back]) == model.best_validation_score_


def test_a_fit_that_does_not_converge_says_so():
    with pytest.warns(UserWarning, match="Maximum number of iteration reached before"):
        SGDClassifier(solver="Adam", max_iter=2).fit(features(), labels())


def test_overflow_is_an_error_with_what_was_finite_kept():
    X, y = features(), numbers("squared_error")
    model = SGDRegressor(solver=SGD(lr=1e200), **PLAIN)
    with pytest.raises(ValueError, match=r"under-/overflow occurred at epoch #1. Scaling input"):
        model.fit(X, y)
    assert np.isfinite(model.coef_).all()
    assert model.predict(X).shape == (N,)


# ---- Going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_partial_fits_in_a_row_are_one_fit(classes, average):
    X, y = features(), labels(classes=classes)
    settings = {**PLAIN, "solver": Adam(lr=0.05), "average": average}
    settings["schedule"] = CosineAnnealingLR(T_max=4, per="epoch")
    whole = SGDClassifier(**settings).fit(X, y)
    model = SGDClassifier(**settings)
    for _ in range(4):
        model.partial_fit(X, y, classes=np.arange(classes))
        model = pickle.loads(pickle.dumps(model))
    assert_array_equal(model.coef_, whole.coef_)
    assert_array_equal(model.intercept_, whole.intercept_)
    assert model.loss_curve_ == whole.loss_curve_
    assert model.t_ == whole.t_ == 4 * N + 1


def test_a_warm_start_begins_at_the_coefficients():
    X, y = features(), numbers("huber")
    model = SGDRegressor(solver=SGD(lr=0.1), warm_start=True, **PLAIN).fit(X, y)
    other = SGDRegressor(solver=SGD(lr=0.1), **PLAIN)
    other.fit(X, y, coef_init=model.coef_, intercept_init=model.intercept_)
    assert_array_equal(model.fit(X, y).coef_, other.coef_)


def test_sample_by_sample_first_and_batches_later():
    X, y = features(), labels()
    model = SGDClassifier(random_state=0, max_iter=3, tol=None).fit(X, y)
    coef = model.coef_.copy()
    model.set_params(solver="Adam", batch_size=8).partial_fit(X, y)
    assert 0 < np.abs(model.coef_ - coef).max() < 1
