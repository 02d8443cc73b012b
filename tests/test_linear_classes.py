"""Classes that partial_fit has not met before."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import softmax

from thalweg import SGDClassifier
from thalweg.linear_model._grow import grow_classes
from thalweg.optimizers import SGD, Adam, AdamW, Shampoo

BATCHES = {"solver": AdamW(lr=0.05), "batch_size": 8, "random_state": 0}
SERIAL = {"random_state": 0, "average": 5}


def data(labels, n=60, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 5))
    return X, np.asarray(labels)[rng.integers(len(labels), size=n)]


@pytest.mark.parametrize("settings", [BATCHES, SERIAL, {**BATCHES, "average": True}], ids=str)
@pytest.mark.parametrize("known", [["b", "d"], ["a", "b", "d"]], ids=str)
def test_rows_of_zeros_come_in_order(settings, known):
    model = SGDClassifier(grow_classes=True, **settings)
    for _ in range(3):
        model.partial_fit(*data(known))
    X, _ = data(known)
    before, coef, predicted = model.decision_function(X), model.coef_.copy(), model.predict(X)
    assert grow_classes(model, ["c", "e", "b"], None) is None
    assert_array_equal(model.classes_, sorted({*known, "c", "e"}))
    assert model.coef_.shape == (len(model.classes_), 5)
    new = np.isin(model.classes_, ["c", "e"])
    assert not model.coef_[new].any()
    assert not model.intercept_[new].any()
    if len(known) == 2:  # the row of the first is that of the second, turned round
        assert_array_equal(model.coef_[~new], [-coef[0], coef[0]])
        assert_allclose(model.decision_function(X)[:, ~new].T, [-before, before], rtol=1e-10)
    else:
        assert_array_equal(model.coef_[~new], coef)
    scores = model.decision_function(X)[:, ~new]
    assert_array_equal(model.classes_[~new][scores.argmax(axis=1)], predicted)


def test_a_softmax_keeps_its_odds():
    X, y = data([0, 1])
    model = SGDClassifier("multinomial", grow_classes=True, **BATCHES).partial_fit(X, y)
    before = model.predict_proba(X)
    grow_classes(model, [5], None)
    odds = softmax(model.decision_function(X)[:, :2], axis=1)
    assert_allclose(odds, before, rtol=1e-12)


def test_a_new_class_is_learned():
    centres = np.eye(4) * 4
    rng = np.random.default_rng(0)

    def draw(labels):
        y = rng.choice(labels, 200)
        return centres[y] + rng.normal(size=(200, 4)), y

    for settings in (BATCHES, {"random_state": 0}):
        model = SGDClassifier(grow_classes=True, **settings)
        for labels in ([0, 1], [0, 1, 2], [0, 1, 2, 3]):
            for _ in range(5):
                model.partial_fit(*draw(labels))
        assert_array_equal(model.classes_, [0, 1, 2, 3])
        assert model.score(*draw([0, 1, 2, 3])) > 0.9


def test_the_optimizers_state_goes_on_with_room_for_the_new():
    X, y = data([0, 2, 4])
    model = SGDClassifier(grow_classes=True, **BATCHES)
    for _ in range(3):
        model.partial_fit(X, y)
    before = model._optimizer
    grow_classes(model, [3], None)
    after = model._optimizer
    assert after.step == before.step > 0
    assert after.learning_rate == before.learning_rate
    for old, new in zip(before.buffers, after.buffers, strict=True):
        old, new = old.reshape(6, 3), new.reshape(6, 4)
        assert_array_equal(new[:, [0, 1, 3]], old)
        assert not new[:, 2].any()


@pytest.mark.parametrize("solver", [Adam(), Shampoo()], ids=repr)
def test_a_state_that_cannot_grow_begins_anew(solver):
    # Two classes have one row of state; Shampoo's is not shaped as the coefficients.
    known = [0, 1] if isinstance(solver, Adam) else [0, 1, 2]
    model = SGDClassifier(grow_classes=True, solver=solver, batch_size=8)
    model.partial_fit(*data(known))
    grow_classes(model, [9], None)
    assert not hasattr(model, "_optimizer")
    model.partial_fit(*data([*known, 9]))
    assert model._optimizer.step == 8


def test_a_refused_call_adds_no_class():
    model = SGDClassifier(grow_classes=True, **BATCHES).partial_fit(*data([0, 1]))
    before = dict(vars(model))
    X, y = data([0, 1, 2])
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.partial_fit(X * np.nan, y)
    assert vars(model) == before


@pytest.mark.parametrize("settings", [{"solver": SGD()}, {"solver": "Adam"}], ids=str)
def test_by_default_an_unknown_class_is_refused(settings):
    model = SGDClassifier(**settings)
    with pytest.raises(ValueError, match=r"classes must be passed on the first call"):
        model.partial_fit(*data([0, 1]))
    model.partial_fit(*data([0, 1]), classes=[0, 1])
    X, y = data([0, 1, 7])
    with pytest.raises(ValueError, match=r"`y` must hold classes among \[0 1\], got \[7\]"):
        model.partial_fit(X, y)
    with pytest.raises(ValueError, match=r"is not the same as on last call to partial_fit"):
        model.partial_fit(X, y, classes=[0, 1, 7])
