"""Least squares around the means: the intercept follows from the weights, features are scaled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

from thalweg._core import dot
from thalweg.linalg import matvec
from thalweg.linear_model._lbfgs import objective
from thalweg.neural_network._inputs import summed

# A feature whose variance is a smaller share of its mean square than this, of which rounding
# leaves nothing, is taken for constant.
_CONSTANT = {np.dtype(np.float64): 1e-10, np.dtype(np.float32): 1e-3}

# Rows whose squares are held at once.
_BLOCK = 1024

Vector = NDArray[np.float64]


class CentredLeastSquares:
    r"""Mean squared error as a function of scaled weights, at the best intercept.

    .. math::

        f(p) = \frac{1}{2 S} \sum_i s_i (x_i w + b - y_i)^2 + \frac{\lambda}{2} \|w\|_2^2,
        \qquad w = p / \text{scale}, \quad b = \bar y - \bar x w, \quad S = \sum_i s_i

    X is read as it is: what centring would do to it follows from its means, and what scaling would
    do from dividing the weights. Scales are powers of two, so dividing by them is exact.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
        Checked data, of float64 or float32.
    y : ndarray of shape (n_samples,)
        Targets.
    sample_weight : ndarray of shape (n_samples,) or None
        Weights, not negative.
    l2 : float
        Factor of half the sum of squares of the weights.
    fit_intercept : bool
        Whether there is an intercept; without, the means above are 0.

    Attributes
    ----------
    scale : ndarray of shape (n_features,)
        About the standard deviations of the features.
    y_scale : float
        About that of y.
    y_variance : float
        Mean square of y, around its mean if there is an intercept.
    total : float
        Sum of the weights.
    """

    def __init__(
        self,
        X: Any,
        y: NDArray[Any],
        sample_weight: NDArray[Any] | None,
        l2: float,
        fit_intercept: bool,
    ) -> None:
        X, n_features = summed(X), X.shape[1]
        self._objective = objective(X, y, sample_weight, loss="squared", l2=l2)
        weights = np.ones(X.shape[0], X.dtype) if sample_weight is None else sample_weight
        self.total = float(weights.sum(dtype=np.float64))
        # The gradient of the error of predicting 1 for zeros is the mean of every column.
        zeros = objective(X, np.zeros_like(y), sample_weight, loss="squared")
        mean = zeros.evaluate(np.append(np.zeros(n_features), 1.0))[1][:-1]
        y_mean = float((weights * y).sum(dtype=np.float64)) / self.total
        square = _mean_squares(X, weights) / self.total
        self.x_mean: Vector = mean if fit_intercept else np.zeros(n_features)
        self.y_mean = y_mean if fit_intercept else 0.0
        _check_range(square, y_mean)
        variance = square - self.x_mean**2
        constant = variance <= _CONSTANT[X.dtype] * square
        self.scale = _power_of_two(np.where(constant, square, variance))
        centred = y.astype(np.float64) - self.y_mean
        self.y_variance = float((weights * centred**2).sum()) / self.total
        self.y_scale = float(_power_of_two(np.array([self.y_variance]))[0])
        self._fit_intercept = fit_intercept
        self._l2 = l2

    def intercept(self, w: Vector) -> float:
        """Return the best intercept for some weights."""
        return self.y_mean - dot(self.x_mean, w)

    def __call__(self, p: Vector) -> tuple[float, Vector]:
        """Return f and its gradient."""
        w = p / self.scale
        loss, gradient = self._objective.evaluate(np.append(w, self.intercept(w)))
        slope = gradient[:-1]
        if self._fit_intercept:
            slope = slope - self.x_mean * gradient[-1]
        return loss, slope / self.scale


def _check_range(square: Vector, y_mean: float) -> None:
    """Raise if the data are too large to be squared."""
    if not (np.isfinite(square).all() and np.isfinite(y_mean)):
        raise ValueError(
            "Floating-point under-/overflow occurred in the mean squares of the features or in the "
            "mean of y. Scaling input data with StandardScaler or MinMaxScaler might help."
        )


@np.errstate(over="ignore")
def _mean_squares(X: Any, weights: NDArray[Any]) -> Vector:
    """Return the weighted sums of squares of the columns."""
    if issparse(X):
        rows = np.repeat(weights, np.diff(X.indptr))
        squares = rows * X.data.astype(np.float64) ** 2
        return np.bincount(X.indices, squares, X.shape[1]).astype(np.float64)
    sums = np.zeros(X.shape[1])
    for first in range(0, len(X), _BLOCK):
        rows = X[first : first + _BLOCK]
        sums += matvec((rows * rows).T, weights[first : first + _BLOCK])
    return sums


def _power_of_two(squares: Vector) -> Vector:
    """Return the powers of two nearest to the roots; 1 for zeros."""
    _, exponents = np.frexp(np.where(squares > 0, squares, 1.0))
    return np.ldexp(1.0, exponents // 2)
