"""``ElasticNet`` and ``Lasso``: scikit-learn's interface around FISTA."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
import sklearn.linear_model
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import Options, StrOptions

from thalweg.linear_model._centred import CentredLeastSquares
from thalweg.linear_model._fista import ElasticNetProblem, Minimum, fista
from thalweg.linear_model._least_squares import checked_data, checked_weights

# max_iter=None.
_MAX_ITER = 1000

# Of coordinate descent alone.
_CONSTRAINTS: dict[str, Any] = {
    "precompute": [Options(bool, {False})],
    "selection": [StrOptions({"cyclic"})],
}


class _ByFista:
    """The fit that both classes share."""

    # Parameters and what is fitted: scikit-learn's classes have the constructors.
    alpha: float
    l1_ratio: float
    fit_intercept: bool
    max_iter: int | None
    tol: float
    warm_start: bool
    positive: bool
    coef_: Any

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None, check_input: bool = True) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights, not negative; 1 for each sample if None.
        check_input : bool, default=True
            If False, X and y are taken for what a check would make of them.

        Returns
        -------
        self : ElasticNet or Lasso
            The fitted model.

        Raises
        ------
        ValueError
            If a parameter or the data is wrong.
        """
        if self.alpha == 0:
            warnings.warn(
                "With alpha=0, this algorithm does not converge well. You are advised to use the "
                "LinearRegression estimator",
                stacklevel=3,
            )
        if check_input:
            X, y = checked_data(self, X, y)
        sample_weight = checked_weights(sample_weight, X)
        Y = y.reshape(len(y), -1)
        n_targets, starts = Y.shape[1], self._starts(X, Y.shape[1])
        coef, intercept = np.empty_like(starts), np.zeros(n_targets, X.dtype)
        minima = []
        for k in range(n_targets):
            smooth = CentredLeastSquares(
                X,
                np.ascontiguousarray(Y[:, k]),
                sample_weight,
                self.alpha * (1.0 - self.l1_ratio),
                self.fit_intercept,
            )
            minimum = self._minimize(smooth, starts[k].astype(np.float64))
            coef[k], intercept[k] = minimum.w, smooth.intercept(minimum.w)
            minima.append(minimum)
        single = n_targets == 1
        gaps, counts = [minimum.gap for minimum in minima], [m.n_iter for m in minima]
        self.coef_ = coef[0] if single else coef
        self.intercept_ = (
            (intercept[0] if y.ndim == 1 else intercept) if self.fit_intercept else 0.0
        )
        self.dual_gap_ = gaps[0] if single else np.array(gaps)
        self.n_iter_ = counts[0] if single else counts
        return self

    def _starts(self, X: Any, n_targets: int) -> Any:
        shape = (n_targets, X.shape[1])
        if not self.warm_start or not hasattr(self, "coef_"):
            return np.zeros(shape, X.dtype)
        return np.reshape(self.coef_, shape).astype(X.dtype)

    def _minimize(self, smooth: CentredLeastSquares, start: Any) -> Minimum:
        l1, l2 = self.alpha * self.l1_ratio, self.alpha * (1.0 - self.l1_ratio)
        if self.positive:
            start = np.maximum(start, 0.0)
        tol = self.tol * smooth.y_variance
        max_iter = _MAX_ITER if self.max_iter is None else self.max_iter
        minimum = fista(ElasticNetProblem(smooth, l1, l2, self.positive), start, max_iter, tol)
        if not minimum.converged:
            warnings.warn(
                "Objective did not converge. You might want to increase the number of iterations, "
                "check the scale of the features or consider increasing regularisation. "
                f"Duality gap: {minimum.gap:.6e}, tolerance: {tol:.3e}",
                ConvergenceWarning,
                stacklevel=4,
            )
        return minimum


class ElasticNet(_ByFista, sklearn.linear_model.ElasticNet):
    r"""Least squares with L1 and L2 penalties, trained by FISTA.

    .. math::

        \min_{w, b} \frac{1}{2 S} \sum_i s_i (x_i w + b - y_i)^2
        + \alpha \rho \|w\|_1 + \frac{\alpha (1 - \rho)}{2} \|w\|_2^2,
        \qquad S = \sum_i s_i

    with :math:`\rho` = ``l1_ratio``.

    Parameters
    ----------
    alpha : float, default=1.0
        Strength of the penalties, >= 0.

    l1_ratio : float, default=0.5
        Share of the L1 penalty, in [0, 1].

    fit_intercept : bool, default=True
        Whether there is a b, which is not penalised.

    precompute : bool, default=False
        Must be False: it is for coordinate descent.

    max_iter : int, default=1000
        Most iterations.

    copy_X : bool, default=True
        Has no effect: X is neither copied nor written to.

    tol : float, default=1e-4
        Stop when the duality gap is within this share of the mean square of y around its mean.
        (scikit-learn looks at the gap only when its weights have settled.)

    warm_start : bool, default=False
        Begin where the last fit ended.

    positive : bool, default=False
        Whether weights must not be negative.

    random_state : int, RandomState instance or None, default=None
        Has no effect: nothing is drawn.

    selection : {'cyclic'}, default='cyclic'
        Must be 'cyclic': it is for coordinate descent.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Weights, of the dtype of X.
    sparse_coef_ : sparse array of shape (1, n_features) or (n_targets, n_features)
        The same.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercepts; 0.0 if ``fit_intercept=False``.
    n_iter_ : int or list of int
        Iterations, for each target.
    dual_gap_ : float or ndarray of shape (n_targets,)
        Most by which the objective may be above its minimum.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has any.

    See Also
    --------
    Lasso : With ``l1_ratio=1``.
    Ridge : The L2 penalty alone.

    Notes
    -----
    An iteration reads X once, by all threads. Features are scaled by dividing weights, so that
    their units do not matter to the number of iterations. ``path``, inherited, is scikit-learn's
    coordinate descent.

    References
    ----------
    A. Beck, M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear inverse
    problems", 2009.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg import ElasticNet
    >>> X = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 3.0]])
    >>> model = ElasticNet(alpha=0.1, tol=1e-10).fit(X, [0.0, 1.0, 2.0])
    >>> print(model.coef_.round(2), round(float(model.intercept_), 2))
    [0.27 0.43] 0.17
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **sklearn.linear_model.ElasticNet._parameter_constraints,
        **_CONSTRAINTS,
    }


class Lasso(_ByFista, sklearn.linear_model.Lasso):
    r"""Least squares with an L1 penalty, trained by FISTA.

    .. math::

        \min_{w, b} \frac{1}{2 S} \sum_i s_i (x_i w + b - y_i)^2 + \alpha \|w\|_1,
        \qquad S = \sum_i s_i

    Parameters
    ----------
    alpha : float, default=1.0
        Strength of the penalty, >= 0.

    fit_intercept : bool, default=True
        Whether there is a b, which is not penalised.

    precompute : bool, default=False
        Must be False: it is for coordinate descent.

    copy_X : bool, default=True
        Has no effect: X is neither copied nor written to.

    max_iter : int, default=1000
        Most iterations.

    tol : float, default=1e-4
        Stop when the duality gap is within this share of the mean square of y around its mean.

    warm_start : bool, default=False
        Begin where the last fit ended.

    positive : bool, default=False
        Whether weights must not be negative.

    random_state : int, RandomState instance or None, default=None
        Has no effect: nothing is drawn.

    selection : {'cyclic'}, default='cyclic'
        Must be 'cyclic': it is for coordinate descent.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Weights, of the dtype of X.
    sparse_coef_ : sparse array of shape (1, n_features) or (n_targets, n_features)
        The same.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercepts; 0.0 if ``fit_intercept=False``.
    n_iter_ : int or list of int
        Iterations, for each target.
    dual_gap_ : float or ndarray of shape (n_targets,)
        Most by which the objective may be above its minimum.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has any.

    See Also
    --------
    ElasticNet : With an L2 penalty as well; says more about the algorithm.

    References
    ----------
    A. Beck, M. Teboulle, "A fast iterative shrinkage-thresholding algorithm for linear inverse
    problems", 2009.

    Examples
    --------
    >>> from thalweg import Lasso
    >>> model = Lasso(alpha=0.1, tol=1e-10).fit([[0, 0], [1, 2], [2, 1]], [0, 1, 2])
    >>> print(model.coef_.round(2), round(float(model.intercept_), 2))
    [0.85 0.  ] 0.15
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **sklearn.linear_model.Lasso._parameter_constraints,
        **_CONSTRAINTS,
    }
