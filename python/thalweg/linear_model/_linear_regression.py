"""``LinearRegression``: scikit-learn's interface around our solvers."""

from __future__ import annotations

from numbers import Integral
from typing import Any, ClassVar

import numpy as np
import sklearn.linear_model
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from thalweg.linear_model._least_squares import checked_data, checked_weights, solve


class LinearRegression(sklearn.linear_model.LinearRegression):
    r"""Least squares, trained by L-BFGS, SAG or SAGA.

    .. math::

        \min_{w, b} \sum_i s_i (x_i w + b - y_i)^2

    Parameters
    ----------
    fit_intercept : bool, default=True
        Whether there is a b.

    copy_X : bool, default=True
        If False, 'sag' and 'saga' may write to X. 'lbfgs' neither copies it nor writes to it.

    tol : float, default=1e-6
        'lbfgs' stops when no feature has a correlation with what is left of y that is larger (with
        both in units of about their standard deviation). 'sag' and 'saga' stop when no weight
        has changed in a pass by more than this share of the largest weight.

    n_jobs : int, default=None
        Has no effect: all threads share the rows. See :func:`thalweg.set_num_threads`.

    positive : bool, default=False
        Whether weights must not be negative; only with 'lbfgs'.

    solver : {'lbfgs', 'sag', 'saga'}, default='lbfgs'
        How to train. scikit-learn's class has no such parameter: it solves directly.

    max_iter : int, default=None
        Most iterations, or passes over the data; 15 000 for 'lbfgs' and 1000 for the others if
        None.

    random_state : int, RandomState instance or None, default=None
        Seed of the draws of 'sag' and 'saga'.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Weights, of the dtype of X.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercepts; 0.0 if ``fit_intercept=False``.
    n_iter_ : ndarray of shape (n_targets,)
        Iterations, or passes.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has any.

    See Also
    --------
    Ridge : With an L2 penalty.

    Notes
    -----
    scikit-learn's ``rank_`` and ``singular_`` are by-products of its solver and do not exist here.
    Where the solution is not unique, the one found is near zero but not the one of the smallest
    norm.

    References
    ----------
    D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization",
    Mathematical Programming, 1989.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg import LinearRegression
    >>> X = np.array([[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 3.0]])
    >>> model = LinearRegression().fit(X, X @ [1.0, 2.0] + 3.0)
    >>> print(model.coef_.round(4), round(float(model.intercept_), 4))
    [1. 2.] 3.0
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **sklearn.linear_model.LinearRegression._parameter_constraints,
        "solver": [StrOptions({"lbfgs", "sag", "saga"})],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        copy_X: bool = True,
        tol: float = 1e-6,
        n_jobs: int | None = None,
        positive: bool = False,
        solver: str = "lbfgs",
        max_iter: int | None = None,
        random_state: Any = None,
    ) -> None:
        super().__init__(
            fit_intercept=fit_intercept, copy_X=copy_X, tol=tol, n_jobs=n_jobs, positive=positive
        )
        self.solver = solver
        self.max_iter = max_iter
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> LinearRegression:
        """Fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative; 1 for each sample if None.

        Returns
        -------
        self : LinearRegression
            The fitted model.

        Raises
        ------
        ValueError
            If a parameter or the data is wrong, or 'sag' or 'saga' diverges.
        """
        X, y = checked_data(self, X, y, accept_sparse=False if self.positive else "csr")
        sample_weight = checked_weights(sample_weight, X)
        Y = y.reshape(len(y), -1)
        fitted = solve(self, X, Y, sample_weight, np.zeros(Y.shape[1]), self.solver, self.tol)
        self.coef_ = fitted.coef[0] if y.ndim == 1 else fitted.coef
        self.intercept_ = fitted.intercept[0] if y.ndim == 1 else fitted.intercept
        if not self.fit_intercept:
            self.intercept_ = 0.0
        self.n_iter_ = fitted.n_iter
        return self
