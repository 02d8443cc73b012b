"""Estimators among other things: pickles, clones, searches, pipelines, frames, routing."""

import copy
import pickle

import cloudpickle
import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from thalweg import MLPClassifier, MLPRegressor
from thalweg.optimizers import SGD, AdamW

X, Y = load_iris(return_X_y=True)
NAMES = ["sepal length", "sepal width", "petal length", "petal width"]
SMALL = {"hidden_layer_sizes": (5,), "max_iter": 5, "random_state": 0}

MODELS = [
    MLPClassifier(**SMALL),
    MLPClassifier(solver="lbfgs", **SMALL),
    MLPClassifier(solver=AdamW(lr=0.01), early_stopping=True, **SMALL),
    MLPRegressor(solver="sgd", learning_rate_init=1e-4, **SMALL),
    MLPRegressor(solver=SGD(lr=1e-4, momentum=0.5), **SMALL),
]
every_model = pytest.mark.parametrize("model", MODELS, ids=repr)


def through_joblib(model, path):
    joblib.dump(model, path / "model.joblib")
    return joblib.load(path / "model.joblib")


def through_memory_map(model, path):
    joblib.dump(model, path / "model.joblib")
    return joblib.load(path / "model.joblib", mmap_mode="r")


COPIES = {
    "pickle": lambda model, path: pickle.loads(pickle.dumps(model)),
    "pickle protocol 2": lambda model, path: pickle.loads(pickle.dumps(model, 2)),
    "cloudpickle": lambda model, path: pickle.loads(cloudpickle.dumps(model)),
    "joblib": through_joblib,
    "joblib, memory-mapped": through_memory_map,
    "copy": lambda model, path: copy.copy(model),
    "deepcopy": lambda model, path: copy.deepcopy(model),
}


@pytest.mark.parametrize("how", COPIES)
@every_model
def test_a_copy_predicts_and_goes_on_alike(model, how, tmp_path):
    original = clone(model).fit(X, Y)
    other = COPIES[how](original, tmp_path)
    assert_array_equal(other.predict(X), original.predict(X))
    for before, after in zip(original.coefs_, other.coefs_, strict=True):
        assert_array_equal(after, before)
    if hasattr(model, "partial_fit"):
        for estimator in (original, other):
            estimator.set_params(early_stopping=False).partial_fit(X, Y)
        assert_array_equal(other.coefs_[0], original.coefs_[0])
        assert other._optimizer.step == original._optimizer.step


@every_model
def test_a_copy_is_independent(model):
    original = clone(model).fit(X, Y)
    expected = original.predict(X)
    other = copy.deepcopy(original)
    other.coefs_[0][...] = 0
    assert_array_equal(original.predict(X), expected)


@every_model
def test_clone(model):
    fitted = clone(model).fit(X, Y)
    other = clone(fitted)
    assert not hasattr(other, "coefs_")
    assert repr(other) == repr(model)
    if not isinstance(model.solver, str):
        assert other.solver is not fitted.solver
        assert other.solver == fitted.solver
    assert_array_equal(other.fit(X, Y).coefs_[0], fitted.coefs_[0])


@every_model
def test_fitted_state_is_plain(model):
    fitted = clone(model).fit(X, Y)
    for name in ("coefs_", "intercepts_"):
        assert isinstance(getattr(fitted, name), list)
        assert {type(array) for array in getattr(fitted, name)} == {np.ndarray}
    for name in ("loss_", "n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_"):
        assert type(getattr(fitted, name)) in (int, float, str), name
    for name in ("loss_curve_", "validation_scores_", "validation_loss_curve_"):
        curve = getattr(fitted, name, None)
        assert curve is None or {type(value) for value in curve} == {float}, name


@every_model
def test_fit_leaves_its_arguments_alone(model):
    data, weights = X.copy(), np.linspace(0.5, 2, len(X))
    for array in (data, weights):
        array.flags.writeable = False
    rows = sparse.csr_array((np.array([1.0, 2.0, 3.0]), [1, 0, 0], [0, 2, 3]), shape=(2, 2))
    before = rows.indices.copy()
    clone(model).set_params(early_stopping=False).fit(rows, [0, 1])
    assert_array_equal(rows.indices, before)
    clone(model).fit(data, Y, weights)


@pytest.mark.parametrize("order", [1, -1], ids=["sorted", "unsorted"])
def test_rows_in_any_layout_give_one_model(order):
    double = np.repeat(X, 2, axis=1)[:, ::order]
    model = MLPClassifier(**SMALL).fit(np.ascontiguousarray(double), Y)
    layouts = [
        np.asfortranarray(double),
        double.astype(">f8"),
        np.repeat(double, 2, axis=0)[::2],
        double.tolist(),
    ]
    for layout in layouts:
        assert_array_equal(clone(model).fit(layout, Y).coefs_[0], model.coefs_[0])
        assert_array_equal(model.predict(layout), model.predict(double))
    for container in (sparse.csr_array, sparse.csc_array, sparse.csr_matrix):
        other = clone(model).fit(container(double), Y)
        assert_allclose(other.coefs_[0], model.coefs_[0], rtol=1e-9)
        assert_allclose(
            model.predict_proba(container(double)), model.predict_proba(double), rtol=1e-12
        )


def test_duplicate_entries_of_a_sparse_row_add_up():
    halves = sparse.csr_array(X)
    twice = sparse.csr_array(
        (np.repeat(halves.data / 2, 2), np.repeat(halves.indices, 2), halves.indptr * 2),
        shape=X.shape,
    )
    model = MLPClassifier(**SMALL).fit(halves, Y)
    other = MLPClassifier(**SMALL).fit(twice, Y)
    assert twice.nnz == 2 * halves.nnz
    assert_allclose(other.coefs_[0], model.coefs_[0], rtol=1e-12)
    assert_allclose(model.predict_proba(twice), model.predict_proba(halves), rtol=1e-12)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_grid_search(n_jobs):
    search = GridSearchCV(
        MLPClassifier(max_iter=30, random_state=0),
        {"hidden_layer_sizes": [(1,), (10,)], "alpha": np.array([1e-4, 1e3]), "solver": ["lbfgs"]},
        cv=3,
        n_jobs=n_jobs,
    ).fit(X, Y)
    assert search.best_params_["alpha"] == 1e-4
    assert search.best_score_ > 0.9


def test_pipeline_and_cross_validation():
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(max_iter=200, random_state=0))
    assert cross_val_score(pipeline, X, Y, cv=3).mean() > 0.9
    pipeline.set_params(mlpclassifier__solver=SGD(), mlpclassifier__solver__lr=0.1)
    assert pipeline.fit(X, Y)[-1].solver == SGD(lr=0.1)


def test_inside_another_estimator():
    bagging = BaggingClassifier(MLPClassifier(**SMALL), n_estimators=2, random_state=0)
    assert bagging.fit(X, Y).predict_proba(X).shape == (150, 3)


@pytest.mark.parametrize(
    "frame",
    [pd.DataFrame(X, columns=NAMES), pl.DataFrame(X, schema=NAMES)],
    ids=["pandas", "polars"],
)
@pytest.mark.parametrize("early_stopping", [False, True])
def test_frames(frame, early_stopping):
    model = MLPClassifier(early_stopping=early_stopping, **SMALL)
    labels = type(frame)({"label": Y})["label"]
    model.fit(frame, labels)
    assert list(model.feature_names_in_) == NAMES
    assert_array_equal(clone(model).fit(X, Y).coefs_[0], model.coefs_[0])
    predictions = model.predict(frame)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        assert_array_equal(model.predict(X), predictions)
    with pytest.raises(ValueError, match="The feature names should match those"):
        model.predict(frame[NAMES[::-1]])
    without_names = clone(model).fit(X, Y)
    with pytest.warns(UserWarning, match="X has feature names"):
        assert_array_equal(without_names.predict(frame), predictions)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "category"])
def test_labels_of_pandas(dtype):
    labels = pd.Series(Y).astype(dtype)
    model = MLPClassifier(**SMALL).fit(X, labels)
    assert_array_equal(model.predict(X), MLPClassifier(**SMALL).fit(X, Y).predict(X))


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.mark.usefixtures("routing")
def test_metadata_routing():
    weights = np.linspace(0.1, 3, len(X))
    asking = MLPClassifier(**SMALL).set_fit_request(sample_weight=True)
    asking.set_score_request(sample_weight=True)
    params = {"sample_weight": weights}
    weighted = cross_validate(asking, X, Y, cv=3, params=params, return_estimator=True)
    declining = (
        MLPClassifier(**SMALL)
        .set_fit_request(sample_weight=False)
        .set_score_request(sample_weight=True)
    )
    plain = cross_validate(declining, X, Y, cv=3, params=params, return_estimator=True)
    first, second = (run["estimator"][0].coefs_[0] for run in (weighted, plain))
    assert not np.allclose(first, second)
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        cross_validate(MLPClassifier(**SMALL), X, Y, cv=3, params=params)
    request = MLPClassifier().set_partial_fit_request(sample_weight=True, classes=True)
    requests = request.get_metadata_routing().partial_fit.requests
    assert requests == {"sample_weight": True, "classes": True}


def test_weights_set_by_hand_predict():
    model = MLPRegressor(hidden_layer_sizes=(2,), activation="identity")
    model.coefs_ = [np.asfortranarray([[1, 0], [0, 1]]), np.array([[2], [3]], dtype=np.float32)]
    model.intercepts_ = [np.zeros(2), np.array([1.0])]
    model.n_layers_, model.n_outputs_, model.out_activation_ = 3, 1, "identity"
    model.n_features_in_ = 2
    assert_allclose(model.predict(np.array([[1.0, 10.0]])), [33.0])
    model.partial_fit([[1.0, 10.0]], [33.0])
    assert_allclose(model.predict(np.array([[1.0, 10.0]])), [33.0], rtol=1e-2)


def test_the_fast_path_is_the_checked_path():
    model = MLPClassifier(**SMALL).fit(X, Y)
    rows = np.ascontiguousarray(X[:7])
    padded = np.lib.stride_tricks.as_strided(
        np.frombuffer(b"\0" + rows.tobytes(), dtype=np.uint8)[1:].view(np.float64), (7, 4)
    )
    assert not padded.flags.aligned
    for other in (rows.tolist(), np.asfortranarray(rows), padded, rows.astype(">f8")):
        assert_array_equal(model.predict_proba(other), model.predict_proba(rows))
    with sklearn.config_context(assume_finite=True):
        assert np.isnan(model.predict_proba(np.full((1, 4), np.nan))).all()


def test_loss_and_gradient_agree_for_several_outputs():
    rng = np.random.default_rng(0)
    features, targets = rng.normal(size=(20, 3)), rng.normal(size=(20, 4))
    model = MLPRegressor(
        hidden_layer_sizes=(5,), activation="tanh", solver="lbfgs", max_iter=1, alpha=0.3
    ).fit(features, targets)
    theta = np.concatenate([part.ravel() for part in model.coefs_ + model.intercepts_])
    weights = rng.uniform(0.5, 2, 20)

    def loss(t):
        return model._loss_grad_lbfgs(t, features, targets, weights, [], [], [], [])[0]

    gradient = model._loss_grad_lbfgs(theta, features, targets, weights, [], [], [], [])[1]
    step = 1e-6
    differences = [
        (loss(theta + step * unit) - loss(theta - step * unit)) / (2 * step)
        for unit in np.eye(len(theta))
    ]
    assert_allclose(gradient, differences, rtol=1e-6, atol=1e-8)


def test_lbfgs_reaches_the_optimum_for_several_outputs():
    rng = np.random.default_rng(1)
    features = rng.normal(size=(60, 3))
    targets = features @ rng.normal(size=(3, 4)) + rng.normal(size=4)
    model = MLPRegressor(
        hidden_layer_sizes=(), solver="lbfgs", alpha=0.0, tol=1e-10, max_iter=500
    ).fit(features, targets)
    assert_allclose(model.predict(features), targets, atol=1e-3)
    assert model.loss_ < 1e-8
