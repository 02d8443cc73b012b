"""Whatever X is held in, the model is that of the converted copy, to the last bit."""

import numpy as np
import pandas as pd
import pytest
import sklearn
import sklearn.neural_network
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS
from numpy.testing import assert_array_equal
from scipy import sparse

from thalweg import MLPClassifier, MLPRegressor, _core
from thalweg.neural_network import _rows

N, FEATURES = 61, 5
RNG = np.random.default_rng(0)
NUMBERS = RNG.integers(0, 2, (N, FEATURES)) * RNG.integers(1, 100, (N, FEATURES))
TARGET = NUMBERS @ [1.0, -2.0, 0.5, 0.0, 1.0] / 100
LABELS = np.digitize(TARGET, [-0.5, 0.5])
DTYPES = [
    "?", "i1", "u1", "<i2", ">i2", "u2", ">u4", "i4", "u4", ">i8", "i8", "u8",
    "f2", ">f2", "f4", ">f4", "f8", ">f8",
]  # fmt: skip
SETTINGS = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, "tol": 0.0}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture
def by_rows(monkeypatch):
    """Convert by rows even what is small."""
    monkeypatch.setattr(_rows, "SMALL", 0)
    monkeypatch.setattr(_rows, "SMALL_BY_COLUMNS", 0)


@pytest.fixture(params=["by rows", "at once"])
def small(request):
    """Both ways to convert, which the size of the matrix decides."""
    if request.param == "by rows":
        request.getfixturevalue("by_rows")


def converted(X):
    """As scikit-learn would hold it: float32 if it is, else float64."""
    single = X.dtype == np.float32
    return np.ascontiguousarray(X, dtype=np.float32 if single else np.float64)


def assert_same_model(a, b):
    for one, other in zip([*a.coefs_, *a.intercepts_], [*b.coefs_, *b.intercepts_], strict=True):
        assert one.dtype == other.dtype
        assert_array_equal(one, other)
    assert a.loss_ == b.loss_
    assert a.n_features_in_ == b.n_features_in_


def check_fit(X, copy, **params):
    ours, other = (MLPRegressor(**{**SETTINGS, **params}).fit(data, TARGET) for data in (X, copy))
    assert_same_model(ours, other)
    assert_array_equal(ours.predict(X), other.predict(X))


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype, small):
    X = NUMBERS.astype(dtype)
    check_fit(X, converted(X))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["u1", ">i4", "f2", "f4", "f8"])
def test_layouts(layout, dtype, small):
    X = LAYOUTS[layout](NUMBERS.astype(dtype))
    check_fit(X, converted(X))


@pytest.mark.parametrize(
    "params",
    [
        {"solver": "lbfgs"},
        {"early_stopping": True, "validation_fraction": 0.3},
        {"shuffle": False, "batch_size": 7},
        {"batch_size": 7, "solver": "sgd", "learning_rate_init": 1e-4},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": (), "shuffle": False, "batch_size": 50},
        {"hidden_layer_sizes": (), "solver": "lbfgs"},
        {"hidden_layer_sizes": (), "early_stopping": True},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["u1", "f4", ">f8"])
def test_ways_to_train(params, dtype, small):
    X = np.asfortranarray(NUMBERS.astype(dtype))
    check_fit(X, converted(X), **params)


def test_many_blocks_of_rows(by_rows):
    # More rows than go through the network at a time, and more than a pass over a linear model.
    X = RNG.integers(-5, 5, (20_000, 3)).astype("i2")
    y = X @ [1.0, 2.0, -1.0]
    for hidden in ((3,), ()):
        params = {**SETTINGS, "hidden_layer_sizes": hidden, "batch_size": 20_000}
        ours = MLPRegressor(**params).fit(X, y)
        assert_same_model(ours, MLPRegressor(**params).fit(X.astype(float), y))
        assert_array_equal(ours.predict(X), ours.predict(X.astype(float)))


def test_single_precision_goes_on_with_anything(by_rows):
    X = RNG.integers(-(2**62), 2**62, (N, FEATURES)) // 2**40
    first = NUMBERS.astype("f4")
    models = [MLPRegressor(**SETTINGS).partial_fit(first, TARGET) for _ in range(2)]
    models[0].partial_fit(X, TARGET)
    models[1].partial_fit(X.astype(float), TARGET)
    assert models[0].coefs_[0].dtype == np.float32
    assert_same_model(*models)


@pytest.mark.parametrize("weights", [None, RNG.uniform(size=N)], ids=["plain", "weighted"])
def test_classifier(weights, small):
    X = NUMBERS.astype("u1")
    for y in (LABELS, LABELS > 0, np.eye(3, dtype=int)[LABELS] | (LABELS == 0)[:, None]):
        ours = MLPClassifier(**SETTINGS).fit(X, y, weights)
        other = MLPClassifier(**SETTINGS).fit(X.astype(float), y, weights)
        assert_same_model(ours, other)
        for method in ("predict", "predict_proba"):
            expected = getattr(other, method)(X.astype(float))
            assert_array_equal(getattr(ours, method)(X), expected)


def frames():
    """Frames as users have them: one block, a block a dtype, a block a column, all mixed."""
    numbers = pd.DataFrame(NUMBERS, columns=list("abcde"))
    dtypes = ["f4", "i8", "?", "u1", "f8"]
    mixed = numbers.astype(dict(zip(numbers, dtypes, strict=True)))
    return {
        "one block": numbers,
        "single precision": numbers.astype("f4"),
        "columns": pd.DataFrame({name: numbers[name].to_numpy(copy=True) for name in numbers}),
        "mixed": mixed,
        "narrow": numbers.astype(dict(zip(numbers, ["f4", "i1", "u2", "f4", "i2"], strict=True))),
        "half and byte": numbers.astype(dict(zip(numbers, ["f2", "u1"] * 2 + ["f2"], strict=True))),
        "nullable": numbers.astype("Int64"),
        "numbers as names": mixed.set_axis(range(FEATURES), axis=1),
        "every other row": pd.concat([mixed, mixed]).iloc[::2],
    }


@pytest.mark.parametrize("frame", frames())
def test_frames(frame, small):
    X = frames()[frame]
    y = TARGET if len(X) == N else np.r_[TARGET, TARGET][::2]
    peer = sklearn.neural_network.MLPRegressor(**SETTINGS).fit(X, y)
    copy = X.to_numpy(dtype=peer.coefs_[0].dtype)
    ours, other = MLPRegressor(**SETTINGS).fit(X, y), MLPRegressor(**SETTINGS).fit(copy, y)
    assert_same_model(ours, other)
    assert getattr(ours, "feature_names_in_", None) is None or list(ours.feature_names_in_) == list(
        peer.feature_names_in_
    )
    assert hasattr(ours, "feature_names_in_") == hasattr(peer, "feature_names_in_")
    assert_array_equal(ours.predict(X), other.predict(copy))


@st.composite
def views(draw):
    """A matrix, and a view of it: any dtype, order, step and direction."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    rows, cols = draw(st.integers(2, 12)), draw(st.integers(1, 20))
    steps = draw(st.tuples(*[st.sampled_from([1, 2, 3, -1, -2])] * 2))
    shape = [n * abs(step) for n, step in zip((rows, cols), steps, strict=True)]
    seed = draw(st.integers(0, 2**32 - 1))
    numbers = np.random.default_rng(seed).integers(0, 100, shape)
    array = np.array(numbers, dtype=dtype, order=draw(st.sampled_from("CF")))
    return array[:: steps[0], :: steps[1]]


@settings(max_examples=60, deadline=None)
@given(X=views(), single=st.booleans())
def test_any_view(X, single):
    dtype = np.dtype(np.float32 if single else np.float64)
    rows = _rows.Rows([X], X.shape, dtype)
    weights = [np.eye(X.shape[1], dtype=dtype)], [np.zeros(X.shape[1], dtype)]
    got = _core.mlp_forward(rows.to_core(dtype), *weights, "identity", "identity", True)
    assert_array_equal(got, X.astype(dtype))
    assert got.dtype == dtype


@pytest.mark.parametrize("kind", ["csr", "csc"])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "f8"])
def test_sparse(kind, index, dtype):
    dense = NUMBERS.astype(dtype)
    dense[[0, 7, N - 1]] = 0  # rows without elements
    X = getattr(sparse, f"{kind}_array")(dense)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    check_fit(X, converted(dense))


def test_sparse_in_any_order():
    """Elements out of order, and in parts that add up."""
    dense = NUMBERS.astype(float)
    whole = sparse.csr_array(dense)
    indices, data, indptr = [], [], [0]
    for row in range(N):
        place = slice(whole.indptr[row], whole.indptr[row + 1])
        columns, values = whole.indices[place][::-1], whole.data[place][::-1]
        indices.append(np.r_[columns, columns])
        data.append(np.r_[values - 1, np.ones(len(values))])
        indptr.append(indptr[-1] + 2 * len(columns))
    X = sparse.csr_array((np.concatenate(data), np.concatenate(indices), indptr), dense.shape)
    before = X.copy()
    check_fit(X, dense)
    assert_array_equal(X.indices, before.indices)
    assert_array_equal(X.data, before.data)


def message(call):
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whatever scikit-learn raises
        call()
    return type(raised.value), str(raised.value)


def with_value(dtype, value):
    X = np.asfortranarray(NUMBERS.astype(dtype))
    X[3, 2] = value
    return X


FAULTS = {
    "nan": (with_value(">f8", np.nan), TARGET),
    "infinity": (with_value("f2", np.inf), TARGET),
    "nan in a frame": (frames()["mixed"].replace({4: np.nan}).assign(a=np.nan), TARGET),
    "nan in both": (with_value("f4", np.nan), np.full(N, np.nan)),
    "lengths": (NUMBERS, TARGET[:-1]),
    "no target": (NUMBERS, None),
    "nan target": (NUMBERS, np.full(N, np.nan)),
    "complex": (NUMBERS + 1j, TARGET),
    "no feature": (NUMBERS[:, :0], TARGET),
    "no row": (NUMBERS[:0], TARGET[:0]),
    "names of two types": (frames()["mixed"].set_axis(["a", 1, "b", 2, "c"], axis=1), TARGET),
    "same names": (frames()["mixed"].set_axis(["a"] * FEATURES, axis=1), TARGET),
    "text": (NUMBERS.astype(str).astype(object) + "x", TARGET),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named_as_scikit_learn_does(fault, by_rows):
    X, y = FAULTS[fault]
    theirs = sklearn.neural_network.MLPRegressor(**SETTINGS)
    ours = MLPRegressor(**SETTINGS)
    assert message(lambda: ours.fit(X, y)) == message(lambda: theirs.fit(X, y))
    assert not hasattr(ours, "n_features_in_")


@pytest.mark.parametrize(
    "X",
    [
        with_value(">f8", np.nan),
        with_value("f2", np.inf),
        NUMBERS[:, :3],
        frames()["mixed"].iloc[:, ::-1],
        frames()["mixed"].assign(a=np.inf),
        frames()["mixed"].rename(columns={"a": "z"}),
    ],
    ids=["nan", "infinity", "columns", "order of names", "infinity in a frame", "name"],
)
def test_faults_in_predict(X, by_rows):
    known = frames()["mixed"] if isinstance(X, pd.DataFrame) else NUMBERS
    ours = MLPRegressor(**SETTINGS).fit(known, TARGET)
    theirs = sklearn.neural_network.MLPRegressor(**SETTINGS).fit(known, TARGET)
    assert message(lambda: ours.predict(X)) == message(lambda: theirs.predict(X))


def test_names_are_missed(by_rows):
    model = MLPRegressor(**SETTINGS).fit(frames()["mixed"], TARGET)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(NUMBERS)


def test_no_look_for_nan_where_none_is_wanted(by_rows):
    X = with_value(">f8", np.nan)
    model = MLPRegressor(**SETTINGS).fit(NUMBERS, TARGET)
    with sklearn.config_context(assume_finite=True):
        assert np.isnan(model.predict(X)).sum() == 1
        with pytest.raises(ValueError, match="non-finite parameter weights"):
            MLPRegressor(**SETTINGS).fit(X, TARGET)


def test_prediction_in_blocks():
    """Rows alone, in blocks and all together give the same bits, and so do threads."""
    X = RNG.normal(size=(3000, FEATURES))
    y = np.digitize(X[:, 0], [-1, 0, 1])
    for hidden in ((4,), (), (300, 500)):
        model = MLPClassifier(**{**SETTINGS, "hidden_layer_sizes": hidden, "max_iter": 1}).fit(X, y)
        whole = model.predict_proba(X)
        for size in (1, 7, 128, 129):
            blocks = [model.predict_proba(X[i : i + size]) for i in range(0, 500, size)]
            assert_array_equal(np.concatenate(blocks)[:500], whole[:500])
        assert_array_equal(model.predict(X), model.classes_[whole.argmax(axis=1)])


def test_weights_that_the_user_changes_are_used():
    """Nothing is kept from call to call: in place, by element, as a whole, in another dtype."""
    X = RNG.normal(size=(9, FEATURES))
    model = MLPRegressor(**SETTINGS).fit(NUMBERS, TARGET)

    def expected():
        hidden = np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)
        return (hidden @ model.coefs_[1] + model.intercepts_[1]).ravel()

    np.testing.assert_allclose(model.predict(X), expected())
    model.coefs_[0][...] *= 2
    np.testing.assert_allclose(model.predict(X), expected())
    model.coefs_[1] = model.coefs_[1] - 1
    np.testing.assert_allclose(model.predict(X), expected())
    model.intercepts_ = [bias + 1 for bias in model.intercepts_]
    np.testing.assert_allclose(model.predict(X), expected())
    model.coefs_ = [np.asfortranarray(coef).astype("f4") for coef in model.coefs_]
    np.testing.assert_allclose(model.predict(X), expected())
