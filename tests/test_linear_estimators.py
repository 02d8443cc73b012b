"""The SGD family as estimators: scikit-learn's checks, and what is ours."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn.linear_model
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import (
    check_all_zero_sample_weights_error,
    check_inplace_ensure_writeable,
    check_param_validation,
    parametrize_with_checks,
)

import thalweg
from thalweg import (
    PassiveAggressiveClassifier,
    PassiveAggressiveRegressor,
    Perceptron,
    SGDClassifier,
    SGDOneClassSVM,
    SGDRegressor,
)

FAMILY = [
    SGDClassifier,
    SGDRegressor,
    SGDOneClassSVM,
    Perceptron,
    PassiveAggressiveClassifier,
    PassiveAggressiveRegressor,
]
# scikit-learn's own list for these, in utils/_test_common/instance_generator.py: samples come in
# an order, so that a weight of 2 is not the same as a sample twice.
ORDER_MATTERS = {
    "check_sample_weight_equivalence_on_dense_data": "samples are taken in an order",
    "check_sample_weight_equivalence_on_sparse_data": "samples are taken in an order",
}


@pytest.mark.filterwarnings("default")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(
    [cls() for cls in FAMILY],
    expected_failed_checks=lambda model: (
        {} if isinstance(model, PassiveAggressiveClassifier | PassiveAggressiveRegressor)
        else ORDER_MATTERS
    ),
)  # fmt: skip
def test_check_estimator(estimator, check):
    check(estimator)


# These run on scikit-learn's own classes only, by a list in its test suite.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("cls", FAMILY)
@pytest.mark.parametrize(
    "check",
    [check_param_validation, check_inplace_ensure_writeable, check_all_zero_sample_weights_error],
)
def test_checks_of_their_own_classes(cls, check):
    if check is check_all_zero_sample_weights_error and "PassiveAggressive" in cls.__name__:
        return  # takes no weights
    check(cls.__name__, cls())


def data(n_classes=2, n=200, seed=0):
    return make_classification(n, 10, n_informative=5, n_classes=n_classes, random_state=seed)


def numbers(n=200, seed=0):
    X, y = make_regression(n, 10, random_state=seed)
    return X, y / y.std()


# ---- What scikit-learn does by mistake -----------------------------------------------------------


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("loss", ["hinge", "log_loss"])
def test_early_stopping_keeps_the_best_weights(loss, average):
    X, y = data(seed=1)
    settings_ = {"loss": loss, "average": average, "random_state": 0, "tol": None}
    settings_ |= {"early_stopping": True, "validation_fraction": 0.3}
    scores = []
    for epochs in range(1, 12):
        model = SGDClassifier(**settings_, max_iter=epochs).fit(X, y)
        held_out = model._make_validation_split((y == 1) * 1.0, np.ones(len(y), bool))
        scores.append(model.score(X[held_out], y[held_out]))
    # With more epochs to choose from the best score never falls.
    assert scores == sorted(scores)
    last = SGDClassifier(**settings_, max_iter=11, like_sklearn=True).fit(X, y)
    assert last.score(X[held_out], y[held_out]) <= scores[-1]


def test_early_stopping_of_regression_keeps_the_best_weights():
    X, y = numbers()
    settings_ = {"early_stopping": True, "validation_fraction": 0.3, "random_state": 0}
    settings_ |= {"tol": None, "learning_rate": "constant", "eta0": 0.05}
    scores = []
    for epochs in range(1, 10):
        model = SGDRegressor(**settings_, max_iter=epochs).fit(X, y)
        held_out = model._make_validation_split(y, np.ones(len(y), bool))
        scores.append(model.score(X[held_out], y[held_out]))
    assert scores == sorted(scores)


@pytest.mark.parametrize("average", [False, True, 150])
@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("loss", ["hinge", "log_loss", "squared_hinge"])
def test_partial_fit_in_parts_is_a_fit(loss, n_classes, average):
    X, y = data(n_classes)
    settings_ = {"loss": loss, "average": average, "shuffle": False, "penalty": "l2"}
    whole = SGDClassifier(**settings_, max_iter=1, tol=None).fit(X, y)
    parts = SGDClassifier(**settings_)
    for part in np.array_split(np.arange(len(y)), 7):
        parts.partial_fit(X[part], y[part], classes=np.unique(y))
    assert_allclose(parts.coef_, whole.coef_, rtol=1e-10, atol=1e-12)
    assert_allclose(parts.intercept_, whole.intercept_, rtol=1e-10, atol=1e-12)
    assert parts.t_ == whole.t_


def test_a_c_that_is_set_later_counts():
    X, y = data()
    made = PassiveAggressiveClassifier(C=0.01, random_state=0).fit(X, y)
    changed = PassiveAggressiveClassifier(random_state=0).set_params(C=0.01).fit(X, y)
    assert_array_equal(changed.coef_, made.coef_)
    other = PassiveAggressiveClassifier(random_state=0).fit(X, y)
    assert not np.array_equal(other.coef_, made.coef_)


def test_passive_aggressive_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PassiveAggressiveClassifier()
        PassiveAggressiveRegressor()


# ---- Sparse data ---------------------------------------------------------------------------------


@st.composite
def csr_matrices(draw):
    """Any CSR structure: empty rows, any order of indices, duplicates, explicit zeros."""
    n, d = draw(st.integers(2, 12)), draw(st.integers(1, 9))
    counts = draw(st_numpy.arrays(np.int64, n, elements=st.integers(0, 7)))
    stored = int(counts.sum())
    numbers_ = st.sampled_from([0.0, 1.0, -1.0, 0.5, 2.25, -3.0])
    dtype = draw(st.sampled_from([np.int32, np.int64]))
    indices = draw(st_numpy.arrays(dtype, stored, elements=st.integers(0, d - 1)))
    values = draw(st_numpy.arrays(np.float64, stored, elements=numbers_))
    indptr = np.r_[0, np.cumsum(counts)].astype(dtype)
    return sparse.csr_matrix((values, indices, indptr), shape=(n, d))


@settings(max_examples=60, deadline=None)
@given(csr_matrices(), st.sampled_from(["l2", "l1", "elasticnet", None]), st.booleans())
def test_any_csr_structure(X, penalty, average):
    y = np.arange(X.shape[0]) % 2
    settings_ = {"penalty": penalty, "average": average, "random_state": 0, "max_iter": 4}
    settings_["tol"] = None
    before = X.copy()
    model = SGDClassifier(**settings_).fit(X, y)
    assert_array_equal(X.data, before.data)
    assert_array_equal(X.indices, before.indices)
    theirs = before.copy()
    theirs.indices, theirs.indptr = theirs.indices.astype(np.int32), theirs.indptr.astype(np.int32)
    expected = sklearn.linear_model.SGDClassifier(**settings_).fit(theirs, y)
    assert_allclose(model.coef_, expected.coef_, rtol=1e-10, atol=1e-10)
    assert_allclose(model.intercept_, expected.intercept_, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("cls", FAMILY)
def test_indices_of_64_bits(cls):
    X, y = data()
    X[X < 0.3] = 0.0
    narrow = sparse.csr_array(X)
    wide = sparse.csr_array(X)
    wide.indices, wide.indptr = wide.indices.astype(np.int64), wide.indptr.astype(np.int64)
    model = cls(random_state=0).fit(narrow, y)
    other = cls(random_state=0).fit(wide, y)
    assert_array_equal(other.coef_, model.coef_)
    assert wide.indices.dtype == np.int64
    assert_array_equal(other.predict(wide), model.predict(narrow))
    clone(other).partial_fit(wide, y, **({"classes": [0, 1]} if hasattr(other, "classes_") else {}))


# ---- The same bits -------------------------------------------------------------------------------


@pytest.fixture
def threads():
    before = thalweg.get_num_threads()
    yield thalweg.set_num_threads
    thalweg.set_num_threads(before)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_same_bits_on_any_number_of_threads(dtype, threads):
    X, y = data(4, n=400)
    X = X.astype(dtype)
    coefs = []
    for count, n_jobs in [(1, None), (2, None), (3, None), (3, 1), (3, 2), (2, -1), (1, 5)]:
        threads(count)
        settings_ = {"random_state": 0, "n_jobs": n_jobs, "average": True}
        coefs.append(SGDClassifier(**settings_).fit(X, y).coef_.tobytes())
    assert len(set(coefs)) == 1


# ---- Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", FAMILY)
def test_a_refused_call_leaves_no_trace(cls):
    X, y = numbers()
    y = (y > 0) * 1 if cls is not SGDRegressor else y
    model = cls(random_state=np.random.RandomState(0)).fit(X, y)
    before = {name: pickle.dumps(value) for name, value in vars(model).items()}
    bad = X.copy()
    bad[3, 3] = np.nan
    for call in (
        lambda: model.fit(bad, y),
        lambda: model.partial_fit(bad, y),
        lambda: model.partial_fit(X[:, :4], y),
        lambda: model.fit(X, y, coef_init=np.zeros(3)),
    ):
        with pytest.raises(ValueError, match=r"NaN|features|does not match"):
            call()
        assert {name: pickle.dumps(value) for name, value in vars(model).items()} == before


def test_overflow_is_an_error_in_scikit_learns_words():
    X, y = numbers()
    model = SGDRegressor(learning_rate="constant", eta0=1e300, random_state=0)
    with pytest.raises(ValueError, match="Floating-point under-/overflow occurred at epoch #1"):
        model.fit(X, y)
    assert not hasattr(model, "coef_")


@pytest.mark.parametrize("cls", [SGDClassifier, SGDRegressor, SGDOneClassSVM])
def test_an_average_cannot_begin_in_the_middle(cls):
    X, y = data()
    model = cls().fit(X, y).set_params(average=True)
    with pytest.raises(ValueError, match="`average` must stay False when training goes on"):
        model.partial_fit(X, y)


def test_no_jobs_at_all():
    with pytest.raises(ValueError, match="`n_jobs` must not be 0, got 0"):
        SGDClassifier(n_jobs=0).fit(*data(3))


def test_int64_beyond_int32_is_refused_as_scikit_learn_does():
    X = sparse.csr_array((np.ones(2), np.array([0, 1]), np.array([0, 1, 2])), shape=(2, 2**31 + 1))
    with pytest.raises(ValueError, match="32-bit"):
        SGDClassifier().fit(X, [0, 1])


# ---- Going on ------------------------------------------------------------------------------------


def test_partial_fit_goes_on_after_sparsify_pickle_and_another_dtype():
    X, y = data(3)
    settings_ = {"random_state": 0, "penalty": "l1"}
    plain = SGDClassifier(**settings_).fit(X, y)
    other = pickle.loads(pickle.dumps(clone(plain).fit(X, y).sparsify()))
    plain.partial_fit(X, y)
    other.partial_fit(X, y)
    assert_array_equal(other.coef_, plain.coef_)
    single = clone(plain).fit(X.astype(np.float32), y).partial_fit(X, y)
    assert single.coef_.dtype == np.float32


@pytest.mark.parametrize("cls", FAMILY)
def test_repr_and_clone_know_every_parameter(cls):
    model = cls()
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == f"{cls.__name__}()"
    assert cls.__module__.startswith("thalweg.linear_model.")


def test_convergence_warnings_are_scikit_learns():
    with pytest.warns(ConvergenceWarning, match="Maximum number of iteration reached before"):
        SGDClassifier(max_iter=1).fit(*data())
