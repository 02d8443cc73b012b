"""``LogisticRegression``: scikit-learn's own fit around our solvers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import sklearn.linear_model
from sklearn.base import _fit_context
from sklearn.linear_model import _logistic
from sklearn.utils._param_validation import StrOptions

from thalweg.linear_model._lbfgs import LinearModelLoss, minimize
from thalweg.linear_model._rebind import rebind
from thalweg.linear_model._sag import sag_solver

_fit = rebind(
    sklearn.linear_model.LogisticRegression.fit,
    _logistic_regression_path=rebind(
        _logistic._logistic_regression_path,
        LinearModelLoss=LinearModelLoss,
        optimize=SimpleNamespace(minimize=minimize),
        sag_solver=sag_solver,
    ),
)


class LogisticRegression(sklearn.linear_model.LogisticRegression):
    r"""Logistic regression, trained by L-BFGS, SAG or SAGA: a drop-in for scikit-learn's.

    For two classes (y in {0, 1}) and for more it minimizes

    .. math::

        C \sum_i s_i \left(\log(1 + e^{p_i}) - y_i p_i\right) + r(w), \qquad p_i = x_i w + b

    .. math::

        C \sum_i s_i \Big(\log \sum_k e^{p_{ik}} - p_{i y_i}\Big) + r(W), \qquad p_i = x_i W + b

    with :math:`r(w) = \frac{1 - \rho}{2} \|w\|_2^2 + \rho \|w\|_1` and :math:`\rho` = ``l1_ratio``.

    Parameters
    ----------
    penalty : {'l1', 'l2', 'elasticnet', None}, default='l2'
        Deprecated in scikit-learn 1.8: use ``l1_ratio`` and ``C``.

    C : float, default=1.0
        Inverse of the strength of the penalty, > 0; ``np.inf`` for none.

    l1_ratio : float, default=0.0
        Share of the L1 penalty, in [0, 1]; above 0 only with 'saga'.

    dual : bool, default=False
        Must be False: the dual is for a solver that is not here.

    tol : float, default=1e-4
        'lbfgs' stops when no element of the gradient of the mean loss is larger. 'sag' and 'saga'
        stop when no weight has changed in a pass by more than this share of the largest weight.

    fit_intercept : bool, default=True
        Whether there is a b, which is not penalised.

    intercept_scaling : float, default=1
        Has no effect, nor has it in scikit-learn's but for a solver that is not here.

    class_weight : dict or 'balanced', default=None
        Factors of the weights of the samples of each class.

    random_state : int, RandomState instance or None, default=None
        Seed of the draws of 'sag' and 'saga'. The same seed draws the samples that scikit-learn
        draws.

    solver : {'lbfgs', 'sag', 'saga'}, default='lbfgs'
        scikit-learn's others are not here: 'liblinear', 'newton-cg' and 'newton-cholesky'.

    max_iter : int, default=100
        Most iterations, or passes over the data.

    verbose : int, default=0
        Above 0: print progress.

    warm_start : bool, default=False
        Begin where the last fit ended.

    n_jobs : None
        Deprecated in scikit-learn 1.8. See :func:`thalweg.set_num_threads`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Labels.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights, of the dtype of X.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Intercepts.
    n_iter_ : ndarray of shape (1,)
        Iterations, or passes.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has any.

    See Also
    --------
    Ridge : Least squares with an L2 penalty.
    ElasticNet : Least squares with an L1 penalty.

    Notes
    -----
    Validation, warnings and messages are scikit-learn's. X is read once in each evaluation of
    'lbfgs', by all threads; results do not depend on their number. 'sag' and 'saga' take one
    sample after the other.

    With sample or class weights 'sag' and 'saga' differ from scikit-learn's on the way to the same
    optimum: samples are drawn in proportion to their weights, so that a weight of 3 is in every way
    three samples. scikit-learn's own steps are too long for heavy samples.

    Ctrl-C ends a fit with a warning; the model holds what was learned.

    References
    ----------
    D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization",
    Mathematical Programming, 1989.

    M. Schmidt, N. Le Roux, F. Bach, "Minimizing finite sums with the stochastic average gradient",
    2013.

    A. Defazio, F. Bach, S. Lacoste-Julien, "SAGA: a fast incremental gradient method with support
    for non-strongly convex composite objectives", 2014.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from thalweg import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(max_iter=200).fit(X, y)
    >>> print(model.predict(X[[0, 50, 100]]))
    [0 1 2]
    >>> print(f"{model.score(X, y):.2f}")
    0.97
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **sklearn.linear_model.LogisticRegression._parameter_constraints,
        "solver": [StrOptions({"lbfgs", "sag", "saga"})],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LogisticRegression:
        """Fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,)
            Labels, of two classes at least.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative; 1 for each sample if None.

        Returns
        -------
        self : LogisticRegression
            The fitted model.

        Raises
        ------
        ValueError
            If a parameter or the data is wrong, or 'sag' or 'saga' diverges.
        """
        return _fit(self, X, y, sample_weight)
