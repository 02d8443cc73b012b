"""Mini-batch training of linear models, written plainly in NumPy."""

from __future__ import annotations

import numpy as np

# value(y, p) and its slope by p, for targets as the estimators encode them.
LOSSES = {
    "hinge": (lambda y, p: np.maximum(0, 1 - y * p), lambda y, p: np.where(y * p <= 1, -y, 0.0)),
    "squared_hinge": (
        lambda y, p: np.maximum(0, 1 - y * p) ** 2,
        lambda y, p: -2 * y * np.maximum(0, 1 - y * p),
    ),
    "perceptron": (lambda y, p: np.maximum(0, -y * p), lambda y, p: np.where(y * p <= 0, -y, 0.0)),
    "modified_huber": (
        lambda y, p: np.where(y * p >= -1, np.maximum(0, 1 - y * p) ** 2, -4 * y * p),
        lambda y, p: np.where(y * p >= -1, -2 * y * np.maximum(0, 1 - y * p), -4 * y),
    ),
    "smooth_hinge": (
        lambda y, p: np.where(y * p <= 0, 0.5 - y * p, 0.5 * np.maximum(0, 1 - y * p) ** 2),
        lambda y, p: -y * np.clip(1 - y * p, 0, 1),
    ),
    "log_loss": (
        lambda y, p: np.logaddexp(0, p) - y * p,
        lambda y, p: 1 / (1 + np.exp(-p)) - y,
    ),
    "squared_error": (lambda y, p: 0.5 * (p - y) ** 2, lambda y, p: p - y),
    "huber": (
        lambda y, p: np.where(
            np.abs(p - y) <= 0.1, 0.5 * (p - y) ** 2, 0.1 * (np.abs(p - y) - 0.05)
        ),
        lambda y, p: np.clip(p - y, -0.1, 0.1),
    ),
    "epsilon_insensitive": (
        lambda y, p: np.maximum(0, np.abs(p - y) - 0.1),
        lambda y, p: np.sign(p - y) * (np.abs(p - y) > 0.1),
    ),
    "squared_epsilon_insensitive": (
        lambda y, p: np.maximum(0, np.abs(p - y) - 0.1) ** 2,
        lambda y, p: 2 * np.sign(p - y) * np.maximum(0, np.abs(p - y) - 0.1),
    ),
    "absolute_error": (lambda y, p: np.abs(p - y), lambda y, p: np.sign(p - y)),
    "quantile": (
        lambda y, p: np.where(p <= y, 0.3 * (y - p), 0.7 * (p - y)),
        lambda y, p: np.where(p > y, 0.7, np.where(p < y, -0.3, 0.0)),
    ),
    "log_cosh": (lambda y, p: np.log(np.cosh(p - y)), lambda y, p: np.tanh(p - y)),
    "poisson": (lambda y, p: np.exp(p) - y * p, lambda y, p: np.exp(p) - y),
    "gamma": (lambda y, p: p + y * np.exp(-p), lambda y, p: 1 - y * np.exp(-p)),
    "tweedie": (
        lambda y, p: 2 * np.exp(0.5 * p) + 2 * y * np.exp(-0.5 * p),
        lambda y, p: np.exp(0.5 * p) - y * np.exp(-0.5 * p),
    ),
}
# The hyper-parameters that the formulas above are written with, beside the defaults.
SETTINGS = {"quantile": {"quantile": 0.3}}

CLASSIFIES = (
    "hinge",
    "squared_hinge",
    "perceptron",
    "modified_huber",
    "smooth_hinge",
    "log_loss",
)


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def mean_loss(loss, Y, Z, weights):
    terms = -(Y * np.log(softmax(Z))) if loss == "multinomial" else LOSSES[loss][0](Y, Z)
    return np.average(terms.sum(axis=1), weights=weights)


def gradients(loss, X, Y, coef, intercept, weights):
    """Return those of the mean loss; coef is of shape (n_outputs, n_features)."""
    Z = X @ coef.T + intercept
    slopes = softmax(Z) - Y if loss == "multinomial" else LOSSES[loss][1](Y, Z)
    slopes = slopes * (weights / weights.sum())[:, None]
    return slopes.T @ X, slopes.sum(axis=0)


def train(loss, X, Y, step, *, batch_size, epochs, l2=0.0, l1=0.0, weights=None, intercept=True):
    """Train from zeros, in the rows' own order.

    ``step(coef, intercept, of_coef, of_intercept)`` moves both in place. Returns them, the mean
    loss of each epoch, and all coefficients on the way.
    """
    weights = np.ones(len(X)) if weights is None else weights
    coef, constant = np.zeros((Y.shape[1], X.shape[1])), np.zeros(Y.shape[1])
    curve, path = [], []
    for _ in range(epochs):
        total = 0.0
        for first in range(0, len(X), batch_size):
            rows = slice(first, first + batch_size)
            part = X[rows], Y[rows]
            value = mean_loss(loss, part[1], part[0] @ coef.T + constant, weights[rows])
            value += l2 / 2 * (coef**2).sum() + l1 * np.abs(coef).sum()
            total += value * len(part[0])
            of_coef, of_constant = gradients(loss, *part, coef, constant, weights[rows])
            of_coef += l2 * coef + l1 * np.sign(coef)
            step(coef, constant, of_coef, of_constant if intercept else 0 * of_constant)
            path.append((coef.copy(), constant.copy()))
        curve.append(total / len(X))
    return coef, constant, curve, path
