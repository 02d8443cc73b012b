"""``Ridge``: scikit-learn's interface around our solvers."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

import numpy as np
import sklearn.linear_model
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import _fit_context
from sklearn.utils._param_validation import StrOptions

from thalweg.linear_model._least_squares import checked_data, checked_weights, solve

# How far "auto" goes at least: scikit-learn's choices for it are exact.
_AUTO_TOL = 1e-12


class Ridge(sklearn.linear_model.Ridge):
    r"""Least squares with an L2 penalty, trained by L-BFGS, SAG or SAGA.

    .. math::

        \min_{w, b} \sum_i s_i (x_i w + b - y_i)^2 + \alpha \|w\|_2^2

    Parameters
    ----------
    alpha : float or array-like of shape (n_targets,), default=1.0
        Strength of the penalty, >= 0, for all targets or for each.

    fit_intercept : bool, default=True
        Whether there is a b, which is not penalised.

    copy_X : bool, default=True
        If False, 'sag' and 'saga' may write to X. 'lbfgs' neither copies it nor writes to it.

    max_iter : int, default=None
        Most iterations, or passes over the data; 15 000 for 'lbfgs' and 1000 for the others if
        None.

    tol : float, default=1e-4
        'lbfgs' stops when no feature has a correlation with what is left of y that is larger (with
        both in units of about their standard deviation). 'sag' and 'saga' stop when no weight
        has changed in a pass by more than this share of the largest weight.

    solver : {'auto', 'lbfgs', 'sag', 'saga'}, default='auto'
        'auto' is 'lbfgs' with ``tol`` of 1e-12 or less, since scikit-learn's choices for it are
        exact. Its others are not here: 'svd', 'cholesky', 'lsqr' and 'sparse_cg'.

    positive : bool, default=False
        Whether weights must not be negative; only with 'lbfgs'.

    random_state : int, RandomState instance or None, default=None
        Seed of the draws of 'sag' and 'saga'. The same seed draws the samples that scikit-learn
        draws.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_targets, n_features)
        Weights, of the dtype of X.
    intercept_ : float or ndarray of shape (n_targets,)
        Intercepts; 0.0 if ``fit_intercept=False``.
    n_iter_ : ndarray of shape (n_targets,)
        Iterations, or passes.
    solver_ : str
        The solver that was used.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X has any.

    See Also
    --------
    LinearRegression : Without the penalty.
    ElasticNet : With an L1 penalty.

    Notes
    -----
    'lbfgs' works on X as it is, dense or sparse: the intercept follows from the weights, and
    features are scaled by dividing weights. It is SciPy's, fed by one Rust call per evaluation.

    With sample weights 'sag' and 'saga' differ from scikit-learn's on the way to the same optimum
    (see `LogisticRegression`), and look at every sample once more before they stop. On sparse X
    with an intercept scikit-learn has conjugate gradients for 'sag', unless ``max_iter`` is None
    and ``tol`` above 1e-4, and no 'saga'.

    References
    ----------
    D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization",
    Mathematical Programming, 1989.

    M. Schmidt, N. Le Roux, F. Bach, "Minimizing finite sums with the stochastic average gradient",
    2013.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg import Ridge
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
    >>> model = Ridge(alpha=1.0).fit(X, [1.0, 2.0, 4.0, 5.0])
    >>> print(model.coef_.round(4), round(float(model.intercept_), 4))
    [1.1176 0.2941] 1.0294
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **sklearn.linear_model.Ridge._parameter_constraints,
        "solver": [StrOptions({"auto", "lbfgs", "sag", "saga"})],
    }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Ridge:
        """Fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_targets)
            Targets.
        sample_weight : float or array-like of shape (n_samples,), default=None
            Weights, not negative; 1 for each sample if None.

        Returns
        -------
        self : Ridge
            The fitted model.

        Raises
        ------
        ValueError
            If a parameter or the data is wrong, or 'sag' or 'saga' diverges.
        """
        X, y = checked_data(self, X, y)
        sample_weight = checked_weights(sample_weight, X)
        self._warn_of_many_iterations(X)
        Y = y.reshape(len(y), -1)
        alpha = self._penalties(X, Y.shape[1])
        solver, tol = self.solver, self.tol
        if solver == "auto":
            solver, tol = "lbfgs", min(tol, _AUTO_TOL)
        fitted = solve(self, X, Y, sample_weight, alpha, solver, tol)
        self.coef_ = fitted.coef[0] if Y.shape[1] == 1 else fitted.coef
        self.intercept_ = fitted.intercept[0] if y.ndim == 1 else fitted.intercept
        if not self.fit_intercept:
            self.intercept_ = 0.0
        self.n_iter_, self.solver_ = fitted.n_iter, solver
        return self

    def _penalties(self, X: Any, n_targets: int) -> NDArray[Any]:
        alpha = np.ravel(np.asarray(self.alpha, X.dtype))
        if len(alpha) not in (1, n_targets):
            raise ValueError(
                "Number of targets and number of penalties do not correspond: "
                f"{len(alpha)} != {n_targets}"
            )
        return np.broadcast_to(alpha, (n_targets,))

    def _warn_of_many_iterations(self, X: Any) -> None:
        """Say what scikit-learn says."""
        if not (issparse(X) and self.fit_intercept and self.solver in ("sag", "saga")):
            return
        if self.max_iter is None and self.tol > 1e-4:
            warnings.warn(
                f'"{self.solver}" solver requires many iterations to fit '
                "an intercept with sparse inputs. Either set the "
                'solver to "auto" or "lbfgs", or set a low '
                '"tol" and a high "max_iter" (especially if inputs are '
                "not standardized).",
                stacklevel=3,
            )
