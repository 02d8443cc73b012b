"""The losses of linear models, one by one: slopes by finite differences, values by scikit-learn."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn._loss import loss as sklearn_loss

from thalweg._core import linear_loss, linear_loss_registry

LOSSES = linear_loss_registry()
# Targets that each kind of loss is defined for; predictions on all branches, away from the kinks.
CLASSES = {"hinge", "squared_hinge", "perceptron", "modified_huber", "smooth_hinge"}
TARGETS = dict.fromkeys(CLASSES, (-1.0, 1.0)) | {
    "log_loss": (0.0, 1.0),
    "poisson": (0.0, 0.51, 3.0),
    "gamma": (0.3, 2.01),
    "tweedie": (0.0, 0.51, 3.0),
}
PREDICTIONS = np.array([-31.3, -5.2, -1.7, -0.63, -0.083, 0.041, 0.57, 1.83, 4.9, 12.3])


def points(name):
    y = np.array(TARGETS.get(name, (-2.03, 0.01, 1.51)))
    return np.repeat(y, len(PREDICTIONS)), np.tile(PREDICTIONS, len(y))


@pytest.mark.parametrize("name", LOSSES)
def test_slopes_are_derivatives(name):
    y, p = points(name)
    (above, _), (below, _) = (linear_loss(LOSSES[name], y, p + h) for h in (1e-5, -1e-5))
    _, slope = linear_loss(LOSSES[name], y, p)
    assert_allclose(slope, (above - below) / 2e-5, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize(
    ("config", "theirs"),
    [
        ({"name": "squared_error"}, sklearn_loss.HalfSquaredError()),
        ({"name": "absolute_error"}, sklearn_loss.AbsoluteError()),
        ({"name": "quantile", "quantile": 0.8}, sklearn_loss.PinballLoss(quantile=0.8)),
        ({"name": "huber", "epsilon": 0.7}, sklearn_loss.HuberLoss(delta=0.7)),
        ({"name": "log_loss"}, sklearn_loss.HalfBinomialLoss()),
        ({"name": "poisson"}, sklearn_loss.HalfPoissonLoss()),
        ({"name": "gamma"}, sklearn_loss.HalfGammaLoss()),
        ({"name": "tweedie", "power": 1.7}, sklearn_loss.HalfTweedieLoss(power=1.7)),
        ({"name": "tweedie", "power": 3.0}, sklearn_loss.HalfTweedieLoss(power=3.0)),
    ],
    ids=lambda value: value["name"] if isinstance(value, dict) else "",
)
def test_values_and_slopes_are_scikit_learns(config, theirs):
    y, p = points(config["name"])
    if config.get("power", 0) >= 2:
        y = y + 0.25
    value, slope = linear_loss(config, y, p)
    expected, expected_slope = theirs.loss_gradient(y, p)
    assert_allclose(value, expected, rtol=1e-13, atol=1e-15)
    assert_allclose(slope, expected_slope, rtol=1e-13, atol=1e-15)


def test_log_cosh_and_smooth_hinge_are_as_written():
    y, p = points("log_cosh")
    value, slope = linear_loss({"name": "log_cosh"}, y, p)
    assert_allclose(value, np.logaddexp(p - y, y - p) - np.log(2), rtol=1e-13, atol=1e-15)
    assert_allclose(slope, np.tanh(p - y), rtol=1e-13)
    y, p = points("smooth_hinge")
    value, _ = linear_loss({"name": "smooth_hinge"}, y, p)
    short = 1 - y * p
    assert_allclose(value, np.where(y * p <= 0, short - 0.5, np.maximum(short, 0) ** 2 / 2))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"name": "huber", "epsilon": -1.0}, "`epsilon` must be >= 0"),
        ({"name": "quantile", "quantile": 1.0}, r"`quantile` must be in \(0, 1\), got 1.0"),
        ({"name": "tweedie", "power": 0.5}, "`power` must be <= 0 or >= 1"),
        ({"name": "hinge", "epsilon": 1.0}, "has no key"),
        ({"name": "hing"}, "must be one of hinge"),
    ],
)
def test_wrong_losses_are_refused(config, message):
    with pytest.raises(ValueError, match=message):
        linear_loss(config, np.zeros(1), np.zeros(1))


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="`p` must be as long as `y`"):
        linear_loss({"name": "hinge"}, np.zeros(2), np.zeros(1))
