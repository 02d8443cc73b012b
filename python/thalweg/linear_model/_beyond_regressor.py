"""What the regressor offers beyond scikit-learn's: mini-batches, more losses, several outputs."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.extmath import safe_sparse_dot
from sklearn.utils.validation import check_is_fitted, validate_data

from thalweg.linear_model._batch_config import LOG_LINK, check_domain, takes_batches
from thalweg.linear_model._batch_fit import fit_regressor, partial_fit_regressor
from thalweg.linear_model._beyond import CONSTRAINTS, Beyond, check_validation
from thalweg.neural_network._refusal import unchanged_if_refused

_LOSSES = {"absolute_error", "quantile", "log_cosh", *LOG_LINK}


def regressor_constraints(theirs: dict[str, Any]) -> dict[str, Any]:
    """Return scikit-learn's rules for parameters, and those for what is new."""
    return {
        **theirs,
        "loss": [StrOptions(theirs["loss"][0].options | _LOSSES)],
        **CONSTRAINTS,
        "quantile": [Interval(Real, 0, 1, closed="neither")],
        "power": [
            Interval(Real, None, 0, closed="right"),
            Interval(Real, 1, None, closed="left"),
        ],
    }


class BeyondRegressor(Beyond):
    """A regressor that also trains on mini-batches, several outputs at once."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self: Any,
        X: Any,
        y: Any,
        coef_init: Any = None,
        intercept_init: Any = None,
        sample_weight: Any = None,
        X_val: Any = None,
        y_val: Any = None,
    ) -> Any:
        """Fit the model.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. float32 is trained in float32, everything else in float64.
        y : array-like of shape (n_samples,) or, on mini-batches, (n_samples, n_outputs)
            Targets.
        coef_init : array-like of shape (n_features,) or (n_outputs, n_features), default=None
            Weights to begin with.
        intercept_init : array-like of shape (1,) or (n_outputs,), default=None
            Constants to begin with.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts.
        X_val, y_val : array-likes, default=None
            Samples to validate on with ``early_stopping=True``, in place of some of X.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._more_validate_params()
        validation = check_validation(self, X_val, y_val)
        if takes_batches(self):
            start = coef_init, intercept_init
            trained = fit_regressor(self, X, y, start, sample_weight, validation)
            trained.announce(self, incremental=False)
            return self
        self.__dict__.pop("_optimizer", None)
        with self._joined(X, y, sample_weight, validation) as (X, y, sample_weight):
            return super().fit(X, y, coef_init, intercept_init, sample_weight)  # type: ignore[misc]

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train for one epoch, going on from what was learned before.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Some of the training data.
        y : array-like of shape (n_samples,) or, on mini-batches, (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts.

        Returns
        -------
        self : object
            The estimator.
        """
        if not takes_batches(self):
            self.__dict__.pop("_optimizer", None)
            return super().partial_fit(X, y, sample_weight)  # type: ignore[misc]
        with unchanged_if_refused(self):
            if not hasattr(self, "coef_"):
                self._more_validate_params(for_partial_fit=True)
            trained = partial_fit_regressor(self, X, y, sample_weight)
        trained.announce(self, incremental=True)
        return self

    def _fit_regressor(self: Any, X: Any, y: Any, *args: Any, **kwargs: Any) -> None:
        """Train sample by sample, on targets that the loss is defined for."""
        check_domain(self, y)
        super()._fit_regressor(X, y, *args, **kwargs)  # type: ignore[misc]

    def predict(self: Any, X: Any) -> NDArray[Any]:
        """Predict the targets: the exponential of the linear model for 'poisson' and its relatives.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions.
        """
        check_is_fitted(self)
        if self.coef_.ndim == 1:
            linear = self._decision_function(X)
        else:
            X = validate_data(self, X, accept_sparse="csr", reset=False)
            linear = safe_sparse_dot(X, self.coef_.T, dense_output=True) + self.intercept_
        return np.exp(linear) if self.loss in LOG_LINK else linear

    def __sklearn_tags__(self: Any) -> Any:
        """Tell scikit-learn which targets are welcome."""
        tags = super().__sklearn_tags__()  # type: ignore[misc]
        tags.target_tags.multi_output = takes_batches(self)
        tags.target_tags.positive_only = self.loss in LOG_LINK
        return tags
