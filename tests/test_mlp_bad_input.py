"""What is refused, in which words, and that a refused call leaves the estimator as it was."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse
from sklearn.exceptions import NotFittedError

from thalweg import MLPClassifier, MLPRegressor
from thalweg.optimizers import SGD, Adam

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
LABELS = np.arange(40) % 3
NUMBERS = X @ [1.0, -2.0, 0.5]


def targets(estimator):
    return LABELS if isinstance(estimator, MLPClassifier) else NUMBERS


def fitted(name, **params):
    settings = {"hidden_layer_sizes": (4,), "max_iter": 3, "random_state": 0, **params}
    estimator = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[name](**settings)
    return estimator.fit(X, targets(estimator))


def with_value(array, row, value):
    array = np.array(array, dtype=float)
    array[row] = value
    return array


class unchanged:  # noqa: N801 - used as a function
    """Compare the pickles of an estimator, and a passed generator, before and after."""

    def __init__(self, *estimators):
        self.estimators = estimators

    def __enter__(self):
        self.before = [pickle.dumps(vars(estimator)) for estimator in self.estimators]

    def __exit__(self, *_):
        after = [pickle.dumps(vars(estimator)) for estimator in self.estimators]
        assert after == self.before


BOTH = pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])

# What is wrong with the data -> arguments of fit, given good targets; and the message.
BAD_DATA = {
    "nan": (lambda y: (with_value(X, 0, np.nan), y), "Input X contains NaN"),
    "infinity": (lambda y: (with_value(X, 0, np.inf), y), "Input X contains infinity"),
    "nan in csr": (
        lambda y: (sparse.csr_array(with_value(X, 0, np.nan)), y),
        "Input X contains NaN",
    ),
    "one-dimensional": (lambda y: (X[:, 0], y), "Expected 2D array, got 1D array instead"),
    "zero rows": (lambda y: (X[:0], y[:0]), r"Found array with 0 sample\(s\)"),
    "zero columns": (lambda y: (X[:, :0], y), r"Found array with 0 feature\(s\)"),
    "unequal lengths": (lambda y: (X, y[:-1]), "inconsistent numbers of samples"),
    "no targets": (lambda y: (X, None), "requires y to be passed, but the target y is None"),
    "complex": (lambda y: (X * 1j, y), "Complex data not supported"),
    "nan target": (lambda y: (X, with_value(y, 0, np.nan)), "contains NaN"),
    "negative weight": (
        lambda y: (X, y, with_value(np.ones(40), 3, -1)),
        "Negative values in data passed to `sample_weight`",
    ),
    "all-zero weights": (
        lambda y: (X, y, np.zeros(40)),
        "Sample weights must contain at least one non-zero number",
    ),
    "zero weight": (
        lambda y: (X, y, 0.0),
        "Sample weights must contain at least one non-zero number",
    ),
    "nan weight": (
        lambda y: (X, y, with_value(np.ones(40), 3, np.nan)),
        "Input sample_weight contains NaN",
    ),
    "nan as weight": (lambda y: (X, y, np.nan), "Input sample_weight contains NaN"),
    "too few weights": (lambda y: (X, y, np.ones(39)), r"sample_weight.shape == \(39,\)"),
}


@pytest.mark.parametrize("trouble", BAD_DATA)
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@BOTH
def test_data(name, solver, trouble):
    generator = np.random.RandomState(0)
    estimator = fitted(name, solver=solver, random_state=generator)
    arguments, message = BAD_DATA[trouble]
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(*arguments(targets(estimator)))


@pytest.mark.parametrize("trouble", [key for key in BAD_DATA if key != "no targets"])
@BOTH
def test_data_of_partial_fit(name, trouble):
    estimator = fitted(name)
    arguments, message = BAD_DATA[trouble]
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(*arguments(targets(estimator)))


@pytest.mark.parametrize("trouble", ["nan", "zero rows", "negative weight"])
def test_first_call_of_partial_fit_leaves_no_trace(trouble):
    estimator = MLPClassifier(random_state=0)
    arguments, message = BAD_DATA[trouble]
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(*arguments(LABELS), classes=[0, 1, 2])


@BOTH
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_width(name, method):
    estimator = fitted(name, warm_start=True)
    with (
        unchanged(estimator),
        pytest.raises(
            ValueError, match=f"X has 2 features, but {name} is expecting 3 features as input"
        ),
    ):
        getattr(estimator, method)(X[:, :2], targets(estimator))


@BOTH
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (X[:, :2], "X has 2 features, but MLP[a-zA-Z]* is expecting 3 features as input"),
        (with_value(X, 0, np.nan), "Input X contains NaN"),
        (with_value(X, 0, -np.inf), "Input X contains infinity"),
        (X[:0], r"Found array with 0 sample\(s\)"),
        (X[0], "Expected 2D array, got 1D array instead"),
        ([["a", "b", "c"]], "could not convert string to float|dtype='numeric'"),
    ],
)
def test_prediction(name, rows, message):
    estimator = fitted(name)
    methods = ["predict"] if name == "MLPRegressor" else ["predict", "predict_proba"]
    for method in methods:
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            getattr(estimator, method)(rows)


@BOTH
def test_prediction_before_fit(name):
    estimator = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}[name]()
    with pytest.raises(NotFittedError, match=f"This {name} instance is not fitted yet"):
        estimator.predict(X)


@BOTH
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"activation": "swish"}, "The 'activation' parameter of MLP.* must be a str among"),
        (
            {"solver": "adagrad"},
            "The 'solver' parameter of MLP.* must be a str among .*'adam'.* or an instance of "
            "'thalweg.optimizers.*Optimizer'. Got 'adagrad' instead",
        ),
        ({"solver": Adam}, "The 'solver' parameter of MLP"),
        ({"alpha": -1.0}, "The 'alpha' parameter of MLP"),
        ({"batch_size": 0}, "The 'batch_size' parameter of MLP"),
        ({"learning_rate": "cosine"}, "The 'learning_rate' parameter of MLP"),
        ({"learning_rate_init": 0.0}, "The 'learning_rate_init' parameter of MLP"),
        ({"max_iter": 0}, "The 'max_iter' parameter of MLP"),
        ({"momentum": 1.2}, "The 'momentum' parameter of MLP"),
        ({"validation_fraction": 1.0}, "The 'validation_fraction' parameter of MLP"),
        ({"beta_1": 1.0}, "The 'beta_1' parameter of MLP"),
        ({"n_iter_no_change": 0}, "The 'n_iter_no_change' parameter of MLP"),
        ({"hidden_layer_sizes": 0}, "The 'hidden_layer_sizes' parameter of MLP"),
        ({"hidden_layer_sizes": (3, 0)}, r"hidden_layer_sizes must be > 0, got \[3, 0\]"),
        ({"hidden_layer_sizes": (3, -2)}, r"hidden_layer_sizes must be > 0, got \[3, -2\]"),
        ({"hidden_layer_sizes": (2.5,)}, r"hidden_layer_sizes must be integers, got \[2.5\]"),
        ({"hidden_layer_sizes": [[3]]}, r"hidden_layer_sizes must be integers, got \[\[3\]\]"),
        ({"solver": SGD(momentum=1.2)}, r"`momentum` must be in \[0, 1\), got 1.2"),
        (
            {"solver": "lbfgs", "early_stopping": True},
            "`early_stopping` must be False unless `solver` is 'sgd', 'adam' or an optimizer",
        ),
        (
            {"early_stopping": True, "validation_fraction": 0.01},
            "The validation set is too small|The test_size = 1 should be greater",
        ),
    ],
    ids=str,
)
def test_parameters(name, params, message):
    estimator = fitted(name).set_params(**params)
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(X, targets(estimator))


@BOTH
def test_unknown_parameter(name):
    estimator = fitted(name)
    with unchanged(estimator), pytest.raises(ValueError, match="Invalid parameter 'dropout'"):
        estimator.set_params(dropout=0.5)
    with pytest.raises(TypeError, match="dropout"):
        type(estimator)(dropout=0.5)


@BOTH
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(
    "sizes", [10**12, (10**6, 10**7), (2**62, 2**62)], ids=["wide", "deep", "beyond 64 bits"]
)
def test_absurd_sizes(name, solver, sizes):
    generator = np.random.RandomState(0)
    estimator = fitted(name, random_state=generator)
    estimator.set_params(hidden_layer_sizes=sizes, solver=solver)
    with (
        unchanged(estimator),
        pytest.raises(MemoryError, match="`hidden_layer_sizes` must fit into memory, got"),
    ):
        estimator.fit(X, targets(estimator))


@BOTH
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_another_network_than_the_one_that_was_fitted(name, method):
    estimator = fitted(name, warm_start=True)
    estimator.set_params(hidden_layer_sizes=(5, 2))
    message = r"`hidden_layer_sizes` must stay \(4,\) when training goes on .* got \(5, 2\)"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        getattr(estimator, method)(X, targets(estimator))


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_another_number_of_outputs(method):
    estimator = fitted("MLPRegressor", warm_start=True)
    message = "the number of outputs of `y` must stay 1 when training goes on .* got 2"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        getattr(estimator, method)(X, np.column_stack([NUMBERS, NUMBERS]))


@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_another_loss(method):
    estimator = fitted("MLPRegressor", warm_start=True).set_params(loss="poisson")
    message = "the activation of the output, .* must stay 'identity' .* got 'exp'"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        getattr(estimator, method)(X, np.abs(NUMBERS))


@pytest.mark.parametrize("solver", ["sgd", "adam", "lbfgs"])
def test_poisson_refuses_negative_targets(solver):
    y = with_value(np.abs(NUMBERS), 5, -1)
    estimator = MLPRegressor("poisson", solver=solver)
    with (
        unchanged(estimator),
        pytest.raises(ValueError, match=r"`y` must be >= 0 for loss='poisson', got -1\.0"),
    ):
        estimator.fit(X, y)


def test_poisson_refuses_negative_targets_in_partial_fit():
    estimator = MLPRegressor("poisson", hidden_layer_sizes=(4,)).partial_fit(X, np.abs(NUMBERS))
    with (
        unchanged(estimator),
        pytest.raises(ValueError, match="`y` must be >= 0 for loss='poisson', got -"),
    ):
        estimator.partial_fit(X, NUMBERS)


def test_targets_beyond_single_precision():
    estimator = MLPRegressor()
    with unchanged(estimator), pytest.raises(ValueError, match="`y` must be within"):
        estimator.fit(X.astype(np.float32), NUMBERS * 1e300)


def test_labels():
    estimator = fitted("MLPClassifier")
    cases = [
        (lambda: estimator.partial_fit(X, LABELS + 1), "`y` has classes not in `self.classes_`"),
        (
            lambda: estimator.partial_fit(X, LABELS, classes=[0, 1]),
            "is not the same as on last call to partial_fit",
        ),
        (lambda: estimator.fit(X, NUMBERS), "Unknown label type"),
        (
            lambda: estimator.fit(X, np.column_stack([LABELS, LABELS])),
            "Multioutput target data is not supported with label binarization",
        ),
        (
            lambda: estimator.partial_fit(X, np.eye(3)[LABELS].astype(int)),
            "not fitted with multilabel input|classes not in",
        ),
    ]
    for call, message in cases:
        with unchanged(estimator), pytest.raises(ValueError, match=message):
            call()


def test_labels_of_a_warm_start():
    estimator = fitted("MLPClassifier", warm_start=True)
    message = "warm_start can only be used where `y` has the same classes"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.fit(X, LABELS % 2)


def test_first_partial_fit_needs_classes():
    estimator = MLPClassifier()
    message = "classes must be passed on the first call to partial_fit"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(X, LABELS)


@BOTH
def test_partial_fit_refuses_early_stopping(name):
    estimator = fitted(name, early_stopping=True)
    message = "partial_fit does not support early_stopping=True"
    with unchanged(estimator), pytest.raises(ValueError, match=message):
        estimator.partial_fit(X, targets(estimator))


@BOTH
def test_lbfgs_has_no_partial_fit(name):
    estimator = fitted(name, solver="lbfgs")
    assert not hasattr(estimator, "partial_fit")
    with pytest.raises(AttributeError, match="has no attribute 'partial_fit'") as caught:
        estimator.partial_fit(X, targets(estimator))
    assert "only available for stochastic optimizers. lbfgs is not stochastic" in str(
        caught.value.__cause__
    )


@BOTH
def test_weights_that_vanish_in_one_part_of_a_split(name):
    estimator = fitted(name).set_params(early_stopping=True)
    parts = set()
    for row in range(20):  # the one row that counts is in one part, and the other has none
        weights = with_value(np.zeros(40), row, 1.0)
        with unchanged(estimator), pytest.raises(ValueError, match="one non-zero number") as error:
            estimator.fit(X, targets(estimator), weights)
        parts |= {
            part for part in ("training", "validation") if f"the {part} set" in str(error.value)
        }
    assert parts == {"training", "validation"}


@BOTH
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_refused_call_gives_back_the_random_numbers(name, method):
    generator = np.random.RandomState(3)
    estimator = fitted(name, random_state=generator)
    expected = copy.deepcopy(generator).uniform(size=4)
    with pytest.raises(ValueError, match="weight"):
        getattr(estimator, method)(X, targets(estimator), np.zeros(40))
    assert_array_equal(generator.uniform(size=4), expected)


def test_a_batch_without_weight_takes_no_step():
    weights = np.ones(40)
    weights[8:16] = 0
    params = {
        "hidden_layer_sizes": (4,),
        "batch_size": 8,
        "shuffle": False,
        "max_iter": 2,
        "random_state": 0,
        "solver": "sgd",
        "momentum": 0,
    }
    kept = weights > 0
    whole = MLPRegressor(**params).fit(X, NUMBERS, weights)
    without = MLPRegressor(**params).fit(X[kept], NUMBERS[kept])
    assert np.isfinite(whole.loss_)
    np.testing.assert_allclose(whole.coefs_[0], without.coefs_[0], rtol=1e-12)
