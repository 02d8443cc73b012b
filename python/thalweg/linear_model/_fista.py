"""FISTA for least squares with L1 and L2 penalties, stopped by the duality gap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thalweg.linear_model._centred import CentredLeastSquares

Vector = NDArray[np.float64]

# Evaluations for the curvature along the steepest direction, and what they may have missed of it.
_POWER_STEPS = 12
_MARGIN = 1.05

# Iterations between two looks at the gap, which cost an evaluation each.
_BETWEEN_LOOKS = 10


@dataclass(frozen=True)
class Minimum:
    """Where a run ended.

    Attributes
    ----------
    w : ndarray of shape (n_features,)
        Weights.
    gap : float
        Most by which the objective may be above its minimum.
    n_iter : int
        Iterations.
    converged : bool
        Whether the gap is within the tolerance.
    """

    w: Vector
    gap: float
    n_iter: int
    converged: bool


class ElasticNetProblem:
    r"""Least squares with penalties, and its duality gap.

    .. math::

        F(w) = \frac{1}{2 S} \sum_i s_i (x_i w + b - y_i)^2
        + \frac{\lambda_2}{2} \|w\|_2^2 + \lambda_1 \|w\|_1

    Parameters
    ----------
    smooth : CentredLeastSquares
        All but the last term.
    l1, l2 : float
        The two lambdas, of which ``smooth`` has ``l2`` in it.
    positive : bool
        Whether weights must not be negative.
    """

    def __init__(self, smooth: CentredLeastSquares, l1: float, l2: float, positive: bool) -> None:
        self.smooth, self.l1, self.l2, self.positive = smooth, l1, l2, positive

    def step(self, p: Vector, slope: Vector, curvature: float) -> Vector:
        """Go down the slope, and to where the L1 penalty pulls."""
        moved = p - slope / curvature
        by = self.l1 / (curvature * self.smooth.scale)
        if self.positive:
            return np.maximum(moved - by, 0.0)
        return np.maximum(moved - by, 0.0) - np.maximum(-moved - by, 0.0)

    def value(self, p: Vector, smooth: float) -> float:
        """Return F, given its smooth part."""
        return smooth + self.l1 * float(np.abs(p / self.smooth.scale).sum())

    def gap(self, p: Vector, smooth: float, slope: Vector) -> float:
        """Return the duality gap of scikit-learn's coordinate descent, over S."""
        w = p / self.smooth.scale
        squares = float((w * w).sum())
        residual = 2.0 * smooth - self.l2 * squares  # R.R, R the residuals
        pull = -slope * self.smooth.scale  # X.R - l2 w
        aligned = pull + self.l2 * w  # X.R
        with_y = residual + float((w * aligned).sum())  # R.y
        if self.l1 == 0:
            norm = float((aligned * aligned).sum())
            if self.l2 == 0:
                return self.smooth.total * norm
            return residual + 0.5 * self.l2 * squares - with_y + norm / (2.0 * self.l2)
        steepest = float(np.max(pull if self.positive else np.abs(pull)))
        scale = self.l1 / steepest if steepest > self.l1 else 1.0
        whole = residual + self.l2 * squares
        primal = 0.5 * whole + self.l1 * float(np.abs(w).sum())
        return primal + 0.5 * scale**2 * whole - scale * with_y

    def curvature(self) -> float:
        """Return about the largest eigenvalue of the Hessian, by power iteration."""
        zero = np.zeros(len(self.smooth.scale))
        at_zero = self.smooth(zero)[1]
        direction = np.random.RandomState(0).standard_normal(len(zero))
        largest = 0.0
        for _ in range(_POWER_STEPS):
            direction /= np.sqrt((direction * direction).sum())
            direction = self.smooth(direction)[1] - at_zero
            largest = max(largest, float(np.sqrt((direction * direction).sum())))
            if largest == 0.0:
                return 1.0  # flat: any step will do
        return _MARGIN * largest


def fista(problem: ElasticNetProblem, start: Vector, max_iter: int, tol: float) -> Minimum:
    """Minimize by FISTA, with a restart where a step turns back.

    Parameters
    ----------
    problem : ElasticNetProblem
        What to minimize.
    start : ndarray of shape (n_features,)
        Weights to begin with.
    max_iter : int
        Most iterations.
    tol : float
        Stop at this gap.

    Returns
    -------
    minimum : Minimum
        Where the gap was smallest.

    References
    ----------
    A. Beck, M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear inverse
    problems", 2009.

    B. O'Donoghue, E. Candes, "Adaptive restart for accelerated gradient schemes", 2012.
    """
    smooth = problem.smooth
    curvature = problem.curvature()
    p = start * smooth.scale
    ahead, t, lowest = p, 1.0, np.inf
    best = Minimum(start, np.inf, 0, False)
    for n_iter in range(max_iter + 1):
        if n_iter % _BETWEEN_LOOKS == 0 or n_iter == max_iter:
            loss, slope = smooth(p)
            gap, value = problem.gap(p, loss, slope), problem.value(p, loss)
            if gap <= best.gap:
                best = Minimum(p / smooth.scale, gap, n_iter, gap <= tol)
            if gap <= tol or n_iter == max_iter:
                break
            if not value <= lowest:
                # Rounding apart, only a step too long for the curvature goes up for so long.
                curvature, ahead, t = 2.0 * curvature, p, 1.0
            lowest = min(lowest, value)
        new = problem.step(ahead, smooth(ahead)[1], curvature)
        if float(((ahead - new) * (new - p)).sum()) > 0:
            p, ahead, t = new, new, 1.0
        else:
            following = (1.0 + np.sqrt(1.0 + 4.0 * t * t)) / 2.0
            p, ahead, t = new, new + (t - 1.0) / following * (new - p), following
    return Minimum(best.w, best.gap, n_iter, best.converged)
