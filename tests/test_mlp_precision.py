"""``precision='bfloat16'``: its rounding, bits and accuracy, and what it goes together with."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from batteries import elsewhere, on_one_thread
from numpy.testing import assert_allclose, assert_array_equal
from precision_battery import battery
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import thalweg
from thalweg import MLPClassifier, MLPRegressor, _core
from thalweg.gradients import ClipPerExample
from thalweg.optimizers import EMA, SGD, SophiaG

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.RandomState(0)
X = RNG.standard_normal((96, 70)).astype(np.float32)
NUMBERS = (X[:, :2] - X[:, 2:4] * X[:, 4:6]).astype(np.float32)
LABELS = (X[:, 0] * X[:, 1] > 0).astype(int)
BOTH = pytest.mark.parametrize(
    ("cls", "y"), [(MLPClassifier, LABELS), (MLPRegressor, NUMBERS)], ids=["clf", "reg"]
)


def build(cls, **params):
    defaults = {
        "hidden_layer_sizes": (33, 18),
        "batch_size": 32,
        "max_iter": 3,
        "random_state": 1,
        "precision": "bfloat16",
    }
    return cls(**{**defaults, **params})


def weights(model):
    return b"".join(array.tobytes() for array in (*model.coefs_, *model.intercepts_))


def bf16(x):
    """Round to 8 bits, ties to even; the numbers here are neither tiny nor infinite."""
    bits = np.ascontiguousarray(x, dtype=np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & np.uint32(0xFFFF0000)
    return rounded.view(np.float32)


def chain(a, b):
    """Return fused multiply-adds over k, for a: (m, k) and b: (k, n)."""
    total = np.zeros((a.shape[0], b.shape[1]), np.float32)
    for k in range(a.shape[1]):
        # Products of 8 bits by 8 are exact; the sum is rounded once but for the rarest of ties.
        exact = np.multiply.outer(a[:, k], b[k]).astype(np.longdouble) + total
        total = exact.astype(np.float32)
    return total


def product(a, b):
    """Return a @ b as docs/numerics.md says: blocks of 32 k, in halves of 16."""
    a, b = bf16(a), bf16(b)
    total = np.zeros((a.shape[0], b.shape[1]), np.float32)
    for start in range(0, a.shape[1], 32):
        first, second = (slice(start + half, start + half + 16) for half in (0, 16))
        total += chain(a[:, first], b[first]) + chain(a[:, second], b[second])
    return total


def network(X, coefs, intercepts):
    """Return the outputs of every layer of a perceptron with relu, X included."""
    layers = [X]
    for i, (coef, intercept) in enumerate(zip(coefs, intercepts, strict=True)):
        z = product(layers[-1], coef) + intercept
        layers.append(z if i + 1 == len(coefs) else np.maximum(z, 0))
    return layers


def test_predictions_are_the_reference():
    model = build(MLPRegressor).fit(X, NUMBERS)
    expected = network(X, model.coefs_, model.intercepts_)[-1]
    assert_array_equal(model.predict(X), expected)
    assert_array_equal(model.predict(X[:1]), expected[:1])


def test_a_step_is_the_reference():
    # Powers of two, so that scaling rounds nothing.
    data, targets, rate = X[:64], NUMBERS[:64], np.float32(0.125)
    settings = {"solver": SGD(lr=0.125), "batch_size": 64, "shuffle": False, "alpha": 0.0}
    model = build(MLPRegressor, **settings).partial_fit(data, targets)
    coefs = [coef.copy() for coef in model.coefs_]
    intercepts = [intercept.copy() for intercept in model.intercepts_]
    layers = network(data, coefs, intercepts)
    model.partial_fit(data, targets)
    delta = (layers[-1] - targets) / np.float32(64)
    for i in reversed(range(len(coefs))):
        before = product(delta, coefs[i].T) * (layers[i] > 0)
        expected = coefs[i] - rate * product(layers[i].T, delta)
        assert_array_equal(model.coefs_[i], expected)
        # Summed in another order.
        expected = intercepts[i] - rate * delta.sum(axis=0)
        assert_allclose(model.intercepts_[i], expected, rtol=0, atol=1e-7)
        delta = before


def test_accuracy_on_digits_is_that_of_float32():
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).astype(np.float32)
    mean = {}
    for precision in (None, "bfloat16"):
        scores = []
        for seed in range(5):
            parts = train_test_split(images, labels, random_state=seed, test_size=0.3)
            model = MLPClassifier(
                (100,), max_iter=60, learning_rate_init=3e-3, random_state=seed, precision=precision
            )
            scores.append(model.fit(parts[0], parts[2]).score(parts[1], parts[3]))
        mean[precision] = np.mean(scores)
    assert mean["bfloat16"] >= mean[None] - 0.01
    assert mean[None] > 0.96


@pytest.fixture(scope="module")
def expected():
    yield from on_one_thread(battery)


@pytest.mark.parametrize("threads", [2, 3])
def test_any_number_of_threads(threads, expected):
    thalweg.set_num_threads(threads)
    assert battery() == expected


@pytest.mark.parametrize("isa", _core.available_isas())
def test_every_cpu_path(isa, expected):
    assert elsewhere("precision_battery.py", THALWEG_ISA=isa) == expected


@BOTH
def test_float64_is_taken_as_float32(cls, y):
    single, double = (build(cls).fit(data, y) for data in (X, X.astype(np.float64)))
    assert weights(single) == weights(double)
    assert {array.dtype for array in double.coefs_ + double.intercepts_} == {np.dtype(np.float32)}
    assert_array_equal(single.predict(X), double.predict(X.astype(np.float64)))


@BOTH
def test_it_rounds(cls, y):
    assert weights(build(cls).fit(X, y)) != weights(build(cls, precision=None).fit(X, y))


@BOTH
@pytest.mark.parametrize(
    "params",
    [
        {"early_stopping": True},
        {"gradient_transforms": [ClipPerExample(0.1)]},
        {"solver": EMA(SGD(lr=0.01))},
        {"activation": "tanh", "solver": "sgd"},
    ],
    ids=str,
)
def test_what_it_goes_together_with(cls, y, params):
    model = build(cls, **params).fit(X, y)
    near = build(cls, **params, precision=None).fit(X, y)
    for ours, theirs in zip(model.coefs_, near.coefs_, strict=True):
        assert_allclose(ours, theirs, rtol=0, atol=0.03)
    copy = pickle.loads(pickle.dumps(model))
    assert_array_equal(copy.predict(X), model.predict(X))
    assert weights(clone(model).fit(X, y)) == weights(model)


def test_second_gradients_are_rounded_too():
    model = build(MLPClassifier, solver=SophiaG(lr=1e-2, k=2)).fit(X, LABELS)
    assert model.loss_curve_[-1] < model.loss_curve_[0]


@BOTH
def test_training_goes_on_to_the_same_bits(cls, y):
    parts = build(cls, max_iter=2, warm_start=True, keep_optimizer_state=True, shuffle=False)
    whole = clone(parts).set_params(max_iter=4).fit(X, y)
    assert weights(parts.fit(X, y).fit(X, y)) == weights(whole)


@BOTH
def test_precision_may_change_between_calls(cls, y):
    model = build(cls, precision=None, max_iter=1).fit(X.astype(np.float64), y)
    double = model.predict(X.astype(np.float64))
    rounded = model.set_params(precision="bfloat16").predict(X.astype(np.float64))
    assert_array_equal(rounded, model.predict(X))
    if cls is MLPRegressor:
        assert double.dtype == np.float64
        assert rounded.dtype == np.float32
        assert_allclose(rounded, double, atol=0.1)
    for precision in ("bfloat16", None):
        model.set_params(precision=precision).partial_fit(X, y)
        assert model.coefs_[0].dtype == np.float32


@BOTH
@pytest.mark.parametrize(
    ("params", "data", "message"),
    [
        ({"precision": "half"}, X, "The 'precision' parameter of MLP.* must be a str among"),
        ({"precision": 16}, X, "The 'precision' parameter of MLP"),
        (
            {"solver": "lbfgs"},
            X,
            "`precision` must be None unless `solver` is 'sgd', 'adam' or an optimizer, got 'bfl",
        ),
        ({}, csr_matrix(X), "`precision` must be None for sparse `X`, got 'bfloat16'"),
    ],
    ids=["name", "number", "lbfgs", "sparse"],
)
def test_refusals_change_nothing(cls, y, params, data, message):
    model = build(cls, warm_start=True).fit(X, y)
    before, state = weights(model), dict(vars(model))
    with pytest.raises(ValueError, match=message):
        model.set_params(**params).fit(data, y)
    assert weights(model) == before
    fitted = [name for name in state if name.endswith("_")]
    assert all(vars(model)[name] is state[name] for name in fitted)


def test_sparse_rows_are_not_predicted():
    model = build(MLPRegressor).fit(X, NUMBERS)
    with pytest.raises(ValueError, match="`precision` must be None for sparse `X`"):
        model.predict(csr_matrix(X))
    # Refused by the core too, and double precision with it.
    coefs, intercepts = [np.ones((2, 1))], [np.zeros(1)]
    call = (np.ones((1, 2)), coefs, intercepts, "relu", "identity", False)
    with pytest.raises(ValueError, match="`precision` must be 'native' for data of float64"):
        _core.mlp_forward(*call, precision="bfloat16")
    with pytest.raises(ValueError, match="`precision` must be one of native, bfloat16, got"):
        _core.mlp_forward(*call, precision="half")


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # NumPy's
def test_numbers_beyond_single_precision_are_not_predicted():
    model = build(MLPRegressor).fit(X, NUMBERS)
    for rows in (3, 100_000):
        large = np.resize(X.astype(np.float64), (rows, X.shape[1]))
        large[1, 0] = 1e39
        with pytest.raises(ValueError, match="value too large for dtype"):
            model.predict(large)
