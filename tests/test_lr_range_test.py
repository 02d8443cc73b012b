"""The learning rate range test: the curve, the suggestion, the model as it was, the picture."""

from __future__ import annotations

import copy
import re

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from scipy.sparse import csr_array
from sklearn.datasets import load_diabetes, load_iris

from thalweg import MLPClassifier, MLPRegressor
from thalweg.optimizers import SGD, AdamW
from thalweg.schedules import StepLR, lr_range_test


def parabola(start=1.0, noise=0.0):
    """A step of gradient descent on x^2 / 2, which every rate above 2 makes diverge."""
    state = {"x": start}

    def step(lr):
        loss = state["x"] ** 2 / 2
        state["x"] -= lr * state["x"]
        return loss + noise

    return step, state


def test_the_curve_of_a_parabola():
    step, _ = parabola()
    result = lr_range_test(step, min_lr=1e-3, max_lr=1e4, num_iter=50)
    n = len(result.lrs)
    assert result.diverged
    assert n < 50
    np.testing.assert_allclose(result.lrs, 1e-3 * 1e7 ** (np.arange(n) / 49), rtol=1e-13)
    alone, _ = parabola()
    np.testing.assert_array_equal(result.losses, [alone(lr) for lr in result.lrs])
    smoothed = [result.losses[0]]
    for loss in result.losses[1:]:
        smoothed.append(0.05 * loss + 0.95 * smoothed[-1])
    np.testing.assert_allclose(result.smoothed_losses, smoothed, rtol=1e-12)
    assert all(mean <= 5 * min(smoothed) for mean in smoothed[:-1])
    assert smoothed[-1] > 5 * min(smoothed)
    assert 0.01 < result.suggestion < 2
    assert result.suggestion == result.steepest
    assert result.suggestion in result.lrs
    least = result.lrs[np.argmin(result.smoothed_losses)]
    assert result.tenth_of_minimum == pytest.approx(least / 10)


def test_linear_rates_without_smoothing():
    step, _ = parabola()
    result = lr_range_test(step, min_lr=0.1, max_lr=1.0, num_iter=10, mode="linear", smoothing=1.0)
    assert not result.diverged
    np.testing.assert_allclose(result.lrs, np.arange(1, 11) / 10)
    np.testing.assert_array_equal(result.smoothed_losses, result.losses)


def test_a_loss_that_only_grows_has_no_steepest_fall():
    result = lr_range_test(lambda lr: 1.0 + lr, min_lr=0.1, max_lr=1.0, num_iter=10)
    assert result.suggestion is None
    assert result.plot(Figure().subplots()).get_lines()


def test_a_negative_loss_does_not_end_the_test():
    step, _ = parabola(noise=-3.0)
    result = lr_range_test(step, min_lr=1e-3, max_lr=1.0, num_iter=20)
    assert len(result.lrs) == 20
    assert not result.diverged


def test_a_loss_that_is_not_finite_ends_the_test():
    losses = iter([3.0, 2.0, np.nan])
    result = lr_range_test(lambda lr: next(losses), num_iter=10)
    assert result.diverged
    np.testing.assert_array_equal(result.losses, [3.0, 2.0])
    assert result.suggestion is not None
    with pytest.raises(ValueError, match="the loss must be finite at the first rate, got inf"):
        lr_range_test(lambda lr: np.inf)


def test_restoring_is_left_to_the_caller_and_never_forgotten():
    step, state = parabola()

    def restore():
        state["x"] = 1.0

    lr_range_test(step, restore=restore)
    assert state["x"] == 1.0

    def fails(lr):
        state["x"] = 7.0
        raise RuntimeError("out of patience")

    with pytest.raises(RuntimeError, match="out of patience"):
        lr_range_test(fails, restore=restore)
    assert state["x"] == 1.0


# ---- Estimators --------------------------------------------------------------------------------

IRIS = load_iris(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True, scaled=True)


def same(a, b):
    """Compare two estimators attribute by attribute."""
    assert a.__dict__.keys() == b.__dict__.keys()
    for name, value in a.__dict__.items():
        other = b.__dict__[name]
        if name in ("coefs_", "intercepts_"):
            for ours, theirs in zip(value, other, strict=True):
                np.testing.assert_array_equal(ours, theirs)
        elif name == "_optimizer":
            for ours, theirs in zip(value.buffers, other.buffers, strict=True):
                np.testing.assert_array_equal(ours, theirs)
            assert value.learning_rate == other.learning_rate
            assert value.step == other.step
        elif name not in ("_label_binarizer", "random_state"):
            np.testing.assert_array_equal(value, other)


MODELS = [
    MLPClassifier(8, random_state=0),
    MLPClassifier(8, solver="sgd", learning_rate="adaptive", random_state=0, batch_size=20),
    MLPClassifier(8, solver=AdamW(), random_state=0, early_stopping=True, verbose=True),
    MLPRegressor(hidden_layer_sizes=8, solver=SGD(momentum=0.9), random_state=0, batch_size=1000),
]


def data_of(model):
    return IRIS if isinstance(model, MLPClassifier) else DIABETES


@pytest.mark.filterwarnings("ignore:Got `batch_size` less than 1")
@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_an_estimator_is_left_as_it_is(model, fitted, capsys):
    X, y = data_of(model)
    model = copy.deepcopy(model)
    if fitted:
        model.set_params(max_iter=5).fit(X, y)
    capsys.readouterr()
    before = copy.deepcopy(model)
    result = lr_range_test(model, X, y, num_iter=60)
    same(model, before)
    assert model.get_params().keys() == before.get_params().keys()
    assert repr(model) == repr(before)
    assert len(result.lrs) == len(result.losses) > 20
    assert np.all(np.isfinite(result.smoothed_losses))
    assert capsys.readouterr().out == ""


def test_the_generator_of_an_estimator_is_left_as_it_is():
    rng = np.random.RandomState(3)
    state = copy.deepcopy(rng.get_state())
    lr_range_test(MLPClassifier(8, random_state=rng), *IRIS, num_iter=20)
    np.testing.assert_equal(rng.get_state(), state)


def test_the_first_losses_are_those_of_the_model():
    X, y = IRIS
    model = MLPClassifier(8, random_state=0, alpha=0.0).partial_fit(X, y, classes=[0, 1, 2])
    result = lr_range_test(model, X, y, min_lr=1e-12, max_lr=1e-11, num_iter=4)
    p = model.predict_proba(X)
    expected = -np.mean(np.log(p[np.arange(150), y]))
    np.testing.assert_allclose(result.losses, expected, rtol=1e-9)


def test_a_suggestion_trains_faster_than_its_hundredth():
    X, y = IRIS
    model = MLPClassifier(16, solver="sgd", momentum=0.0, random_state=0, batch_size=30)
    lr = lr_range_test(model, X, y).suggestion
    losses = [
        MLPClassifier(16, solver=SGD(lr=rate), random_state=0, batch_size=30, max_iter=10)
        .fit(X, y)
        .loss_
        for rate in (lr, lr / 100)
    ]
    assert losses[0] < losses[1]


@pytest.mark.parametrize("convert", [csr_array, pd.DataFrame, np.float32], ids=lambda c: c.__name__)
def test_kinds_of_data(convert):
    X, y = IRIS
    # Rates at which rounding has no chance to grow.
    rates = {"max_lr": 1e-2, "num_iter": 30}
    expected = lr_range_test(MLPClassifier(8, random_state=0, batch_size=32), X, y, **rates)
    model = MLPClassifier(8, random_state=0, batch_size=32)
    actual = lr_range_test(model, convert(X), pd.Series(y), **rates)
    np.testing.assert_allclose(actual.losses, expected.losses, rtol=1e-3)


def test_several_outputs_and_weights():
    X, y = IRIS
    Y = np.eye(3)[y]
    model = MLPClassifier(8, random_state=0)
    assert lr_range_test(model, X, Y.astype(int), num_iter=20).losses[0] > 0
    weight = np.where(y == 0, 2.0, 1.0)
    weighted = lr_range_test(model, X, y, sample_weight=weight, num_iter=20)
    assert weighted.losses[0] != lr_range_test(model, X, y, num_iter=20).losses[0]
    regressor = MLPRegressor(hidden_layer_sizes=8, random_state=0)
    assert lr_range_test(regressor, X, Y, num_iter=20).losses[0] > 0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"min_lr": 0.0}, ValueError, "`min_lr` must be > 0 and finite, got 0.0"),
        ({"max_lr": 1e-9}, ValueError, "`max_lr` must be finite and more than `min_lr` = 1e-07"),
        ({"num_iter": 1}, ValueError, "`num_iter` must be at least 2, got 1"),
        ({"num_iter": 2.5}, TypeError, "`num_iter` must be an int, got 2.5"),
        ({"mode": "cubic"}, ValueError, "`mode` must be 'geometric' or 'linear', got 'cubic'"),
        ({"smoothing": 0.0}, ValueError, "`smoothing` must be in (0, 1], got 0.0"),
        ({"diverge": 1.0}, ValueError, "`diverge` must be > 1, got 1.0"),
        ({"restore": 3}, TypeError, "`restore` must be callable or None, got 3"),
        ({"X": None}, ValueError, "`X` and `y` must be given with an estimator, got None"),
        ({"y": IRIS[1][:-1]}, ValueError, "inconsistent numbers of samples"),
        ({"X": np.full((150, 4), np.nan)}, ValueError, "Input X contains NaN"),
        ({"model": MLPClassifier(solver="lbfgs")}, TypeError, "an MLP whose solver takes"),
        ({"model": StepLR}, ValueError, "`X`, `y` and `sample_weight` must be None with a"),
    ],
)
def test_bad_input(arguments, error, message):
    given = {"model": MLPClassifier(8), "X": IRIS[0], "y": IRIS[1], **arguments}
    with pytest.raises(error, match=re.escape(message)):
        lr_range_test(given.pop("model"), given.pop("X"), given.pop("y"), **given)


def test_the_picture():
    step, _ = parabola()
    result = lr_range_test(step)
    ax = Figure().subplots()
    assert result.plot(ax=ax) is ax
    assert ax.get_xscale() == "log"
    assert [line.get_label() for line in ax.get_lines()] == [
        "loss",
        "smoothed",
        f"suggestion: {result.suggestion:.2g}",
    ]
    with mpl.rc_context({"backend": "agg"}):
        import matplotlib.pyplot as plt

        plt.close(result.plot().figure)
