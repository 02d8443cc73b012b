"""What the classifier offers beyond scikit-learn's: mini-batches, a softmax, new classes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from thalweg.linear_model._batch_config import takes_batches
from thalweg.linear_model._batch_fit import fit_classifier, partial_fit_classifier
from thalweg.linear_model._beyond import CONSTRAINTS, Beyond, check_validation
from thalweg.linear_model._grow import grow_classes
from thalweg.neural_network._refusal import unchanged_if_refused


def classifier_constraints(theirs: dict[str, Any]) -> dict[str, Any]:
    """Return scikit-learn's rules for parameters, and those for what is new."""
    losses = theirs["loss"][0].options | {"smooth_hinge", "multinomial"}
    return {**theirs, "loss": [StrOptions(losses)], **CONSTRAINTS, "grow_classes": ["boolean"]}


def _has_probabilities(estimator: Any) -> bool:
    """Raise scikit-learn's AttributeError where the loss tells no probabilities."""
    return estimator.loss == "multinomial" or estimator._check_proba()


class BeyondClassifier(Beyond):
    """A classifier that also trains on mini-batches, and meets new classes."""

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
        y : array-like of shape (n_samples,)
            Labels.
        coef_init : array-like of shape (n_classes, n_features), default=None
            Weights to begin with; of shape (n_features,) for two classes.
        intercept_init : array-like of shape (n_classes,), default=None
            Constants to begin with.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts; multiplied by the weight of its class.
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
            trained = fit_classifier(self, X, y, start, sample_weight, validation)
            trained.announce(self, incremental=False)
            return self
        self.__dict__.pop("_optimizer", None)
        with self._joined(X, y, sample_weight, validation) as (X, y, sample_weight):
            return super().fit(X, y, coef_init, intercept_init, sample_weight)  # type: ignore[misc]

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self: Any, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> Any:
        """Train for one epoch, going on from what was learned before.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Some of the training data.
        y : array-like of shape (n_samples,)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All classes: needed at the first call, unless ``grow_classes=True``.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts.

        Returns
        -------
        self : object
            The estimator.
        """
        with unchanged_if_refused(self):
            if self.grow_classes:
                classes = grow_classes(self, y, classes)
            if not takes_batches(self):
                self.__dict__.pop("_optimizer", None)
                return super().partial_fit(X, y, classes, sample_weight)  # type: ignore[misc]
            if not hasattr(self, "classes_"):
                self._more_validate_params(for_partial_fit=True)
            if self.class_weight == "balanced":
                raise ValueError(
                    "class_weight 'balanced' is not supported for partial_fit. In order to use "
                    "'balanced' weights, use compute_class_weight('balanced', classes=classes, "
                    "y=y)."
                )
            trained = partial_fit_classifier(self, X, y, classes, sample_weight)
        trained.announce(self, incremental=True)
        return self

    @available_if(_has_probabilities)
    def predict_proba(self: Any, X: Any) -> NDArray[Any]:
        """Predict the probability of each class.

        Under 'multinomial' by a softmax; otherwise one class against the rest, normalized. Only for
        the losses 'multinomial', 'log_loss' and 'modified_huber'.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            In the order of ``classes_``.
        """
        if self.loss != "multinomial":
            return super().predict_proba(X)  # type: ignore[misc]
        scores = self.decision_function(X)
        if scores.ndim == 1:
            return np.column_stack([expit(-scores), expit(scores)])
        return softmax(scores, axis=1)

    @available_if(_has_probabilities)
    def predict_log_proba(self: Any, X: Any) -> NDArray[Any]:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        logarithms : ndarray of shape (n_samples, n_classes)
            Those of :meth:`predict_proba`.
        """
        return np.log(self.predict_proba(X))
