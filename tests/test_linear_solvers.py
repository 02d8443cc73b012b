"""Full-batch and variance-reduced linear models: input, Ctrl-C, pickles, scikit-learn's checks."""

import json
import pickle
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.estimator_checks import (
    check_param_validation,
    check_sample_weight_equivalence_on_dense_data,
    check_sample_weight_equivalence_on_sparse_data,
    parametrize_with_checks,
)

from thalweg import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge, _core
from thalweg.linear_model._rebind import rebind

RNG = np.random.RandomState(0)
X = RNG.standard_normal((60, 5))
Z = X @ RNG.standard_normal(5) + 0.1 * RNG.standard_normal(60)
Y = (Z > 0).astype(float)

MODELS = [
    LogisticRegression(),
    LogisticRegression(solver="sag", max_iter=1000),
    LogisticRegression(solver="saga", l1_ratio=0.5, max_iter=1000),
    Ridge(),
    Ridge(solver="sag"),
    Ridge(solver="saga"),
    LinearRegression(),
    ElasticNet(),
    Lasso(alpha=0.1),
]


@pytest.mark.filterwarnings("default")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
# As scikit-learn checks its own: with the default solvers. To those that draw samples, which go
# other ways with weighted and with repeated ones, its check of that equivalence does not apply at
# the default tolerance; nor are scikit-learn's own put to it.
@parametrize_with_checks(
    [LogisticRegression(), Ridge(), LinearRegression(), ElasticNet(), Lasso(alpha=0.1)]
)
def test_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:Can't check")
@pytest.mark.parametrize("solver", ["sag", "saga"])
@pytest.mark.parametrize(
    "check",
    [
        check_sample_weight_equivalence_on_dense_data,
        check_sample_weight_equivalence_on_sparse_data,
    ],
)
def test_weights_are_samples_to_those_that_draw_them(check, solver):
    # As far as the check looks.
    check("Ridge", Ridge(solver=solver, tol=1e-11, max_iter=20_000))


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_parameters_are_validated(model):
    check_param_validation(type(model).__name__, model)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_pickle_and_clone(model):
    y = Y if isinstance(model, LogisticRegression) else Z
    fitted = clone(model).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    assert np.array_equal(again.predict(X), fitted.predict(X))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (LogisticRegression(solver="liblinear"), "must be a str among {.*}. Got 'liblinear'"),
        (LogisticRegression(solver="newton-cg"), "Got 'newton-cg' instead"),
        (Ridge(solver="cholesky"), "'solver' parameter of Ridge must be a str among"),
        (LinearRegression(solver="lsqr"), "'solver' parameter of LinearRegression must be"),
        (ElasticNet(selection="random"), "'selection' parameter of ElasticNet must be"),
        (Lasso(precompute=True), "'precompute' parameter of Lasso must be"),
    ],
)  # fmt: skip
def test_what_is_not_here_is_refused(model, message):
    with pytest.raises(InvalidParameterError, match=message):
        model.fit(X, Y)
    assert not hasattr(model, "coef_")


def test_solvers_say_what_they_cannot():
    with pytest.raises(ValueError, match="Solver lbfgs supports only 'l2' or None penalties"):
        LogisticRegression(l1_ratio=0.5).fit(X, Y)
    with pytest.raises(ValueError, match="solver='sag' does not support positive fitting"):
        Ridge(solver="sag", positive=True).fit(X, Z)
    with pytest.raises(ValueError, match="Number of targets and number of penalties"):
        Ridge(alpha=[1.0, 2.0]).fit(X, Z)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_negative_weights_are_refused(model):
    y = Y if isinstance(model, LogisticRegression) else Z
    weights = np.where(np.arange(60) == 3, -1.0, 1.0)
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        clone(model).fit(X, y, sample_weight=weights)


def test_what_does_not_converge_says_so():
    with pytest.warns(ConvergenceWarning, match="The max_iter was reached which means"):
        LogisticRegression(solver="saga", max_iter=1).fit(X, Y)
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge"):
        LogisticRegression(max_iter=1).fit(X, Y)
    with pytest.warns(ConvergenceWarning, match="The lbfgs solver did not converge"):
        Ridge(max_iter=1).fit(X, Z)
    with pytest.warns(ConvergenceWarning, match="Objective did not converge"):
        ElasticNet(alpha=1e-3, max_iter=2, tol=1e-12).fit(X, Z)


@pytest.mark.parametrize(
    "model",
    [ElasticNet(), Lasso(), Ridge(), Ridge(solver="sag"), LinearRegression()],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore:overflow encountered in reduce:RuntimeWarning")
def test_data_too_large_to_be_squared_are_refused(model):
    with pytest.raises(ValueError, match="Floating-point under-/overflow occurred"):
        clone(model).fit(X * 1e200, Z)


def test_verbose(capsys):
    LogisticRegression(solver="saga", verbose=1, tol=0.1).fit(X, Y)
    out = capsys.readouterr().out
    assert out.startswith("Epoch 1, change: 1\n")
    assert "convergence after" in out


def test_the_input_is_left_as_it_is():
    A, sample_weight = X.copy(), np.ones(60)
    for array in (A, sample_weight, Z):
        array.flags.writeable = False
    for model in MODELS:
        y = Y if isinstance(model, LogisticRegression) else Z
        clone(model).fit(A, y, sample_weight=sample_weight)
        clone(model).fit(np.asfortranarray(A), y)


def test_int64_indices():
    S = sparse.csr_matrix(X)
    S.indices, S.indptr = S.indices.astype(np.int64), S.indptr.astype(np.int64)
    expected = LogisticRegression().fit(sparse.csr_matrix(X), Y)
    assert np.array_equal(LogisticRegression().fit(S, Y).coef_, expected.coef_)
    Ridge().fit(S, Z)


CHILD = """
import json, signal, warnings
import numpy as np
from thalweg import ElasticNet, LogisticRegression, Ridge

rng = np.random.default_rng(0)
# Columns of very different scales: the steps are short for most, and there is no end.
X = rng.normal(size=(20000, 40)) * np.logspace(-4, 1, 40)
z = X @ rng.normal(size=40) + rng.normal(size=20000)
model = {model}
# Not SIGINT, which a shell has its background processes ignore.
signal.signal(signal.SIGALRM, signal.default_int_handler)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    model.fit(X, z > 0)
print(json.dumps({{
    "warnings": [str(warning.message) for warning in caught],
    "finite": bool(np.isfinite(model.coef_).all()) and bool(np.abs(model.coef_).max() > 0),
    "predictions": model.predict(X).shape,
}}))
"""


@pytest.mark.parametrize(
    "model",
    [
        "LogisticRegression(solver='saga', tol=0, max_iter=10**8)",
        "LogisticRegression(solver='lbfgs', C=np.inf, tol=0, max_iter=10**8)",
        "Ridge(solver='sag', tol=0, max_iter=10**8)",
    ],
)
def test_ctrl_c_leaves_a_usable_model(model):
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD).format(model=model)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    report = json.loads(run.stdout)
    assert report["warnings"] == ["Training interrupted by user."]
    assert report["finite"]
    assert report["predictions"] == [20000]


def test_low_level_calls_check_what_they_get():
    config = {"loss": "log", "outputs": 1, "fit_intercept": True, "l2": 0.0}
    y = Y[:, None]
    for wrong, message in [
        (
            dict(config, loss="hinge"),
            '`loss` must be one of log, squared, multinomial, got "hinge"',
        ),
        (dict(config, outputs=2), "`outputs` must be 1 for two classes, got 2"),
        (dict(config, l2=-1.0), "`l2` must be >= 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            _core.LinearObjective(X, y, None, wrong)
    with pytest.raises(ValueError, match=r"`y` must be classes, in \[0, 1\], got 2.0"):
        _core.LinearObjective(X, 2 * y, None, config)
    objective = _core.LinearObjective(X, y, None, config)
    with pytest.raises(ValueError, match="`params` must be of 6 elements, got 5"):
        objective.evaluate(np.zeros(5))
    run = {
        "saga": True,
        "loss": "log",
        "outputs": 1,
        "alpha": 0.0,
        "beta": 0.0,
        "step": 0.1,
        "fit_intercept": True,
    }
    run |= {"intercept_decay": 1.0, "tol": 0.0, "max_iter": 1, "seed": 1}
    start = (np.zeros((1, 5)), np.zeros(1))
    for key, value, message in [
        ("step", 0.0, "`step` must be > 0"),
        ("alpha", 20.0, "`step` must be below 1 / alpha"),
        ("tol", float("nan"), "`tol` must be >= 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            _core.train_sag(X, y, None, *start, {**run, key: value}, None)
    with pytest.raises(ValueError, match="`beta` must be 0 unless `saga` is true"):
        _core.train_sag(X, y, None, *start, {**run, "saga": False, "beta": 1.0}, None)
    with pytest.raises(ValueError, match="`coef` must be of 5 elements, got 4"):
        _core.train_sag(X, y, None, np.zeros((1, 4)), np.zeros(1), run, None)
    with pytest.raises(ValueError, match="`sample_weight` must be positive"):
        _core.train_sag(X, y, np.zeros(60), *start, run, None)


def test_rebinding_finds_what_it_replaces():
    def function():
        return len("four")

    assert rebind(function, len=lambda text: text * 2)() == "fourfour"
    with pytest.raises(ImportError, match=r"does not use \['solver'\]"):
        rebind(function, solver=None)
