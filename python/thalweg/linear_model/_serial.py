"""What replaces scikit-learn's inner loop in its own classes.

Checks, messages, class weights, the validation split and the public methods are scikit-learn's,
by inheritance. The methods here take over where its Cython function would be called.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.utils import check_random_state

from thalweg.linear_model._training import (
    MAX_INT,
    Task,
    Weights,
    loss_config,
    narrow,
    problem_config,
    train,
)
from thalweg.neural_network._refusal import unchanged_if_refused


class Serial:
    """The part that is the same for all: a refused call leaves no trace."""

    def _fit(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        for name in ("coef_init", "intercept_init", "offset_init"):
            if kwargs.get(name) is not None:
                kwargs[name] = np.array(kwargs[name])  # scikit-learn would train in the caller's
        with unchanged_if_refused(self):
            return super()._fit(narrow(X), *args, **kwargs)  # type: ignore[misc]

    def _partial_fit(self: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        with unchanged_if_refused(self):
            return super()._partial_fit(narrow(X), *args, **kwargs)  # type: ignore[misc]

    def _get_loss_function(self, loss: str) -> dict[str, Any]:
        """Return what the core knows the loss by, in place of a Cython object."""
        return loss_config(self, loss)

    def _start(self: Any, intercept: NDArray[Any], n_models: int) -> Weights:
        """Return the weights to go on from."""
        if not self.average:
            return Weights(as_rows(self.coef_, n_models), intercept)
        if not hasattr(self, "_standard_coef"):
            raise ValueError(
                "`average` must stay False when training goes on from weights without an average, "
                f"got {self.average!r}"
            )
        return Weights(
            as_rows(self._standard_coef, n_models),
            self._standard_intercept,
            as_rows(self._average_coef, n_models),
            self._average_intercept,
        )

    def _has_average(self: Any) -> bool:
        """Tell whether enough samples have been seen for the averaged weights to count."""
        return bool(self.average > 0 and self.average <= self.t_ - 1.0)


def as_rows(coef: Any, n_models: int) -> NDArray[Any]:
    """Return weights as a dense matrix, one model a row."""
    dense = coef.toarray() if issparse(coef) else np.asarray(coef)
    return dense.reshape(n_models, -1)


class SerialClassifier(Serial):
    """Two classes, or each class against the rest."""

    def _fit_binary(
        self: Any,
        X: Any,
        y: NDArray[Any],
        alpha: float,
        sample_weight: NDArray[Any],
        learning_rate: str,
        max_iter: int,
    ) -> None:
        rng = check_random_state(self.random_state)
        rng.randint(1, MAX_INT)  # scikit-learn draws a seed here that it has no use for
        classes = (y == self.classes_[1]).astype(X.dtype)
        held_out = self._make_validation_split(classes, sample_mask=sample_weight > 0)
        neg_weight, pos_weight = self._expanded_class_weight
        problem = problem_config(rng.randint(MAX_INT), 1, pos_weight, neg_weight)
        task = Task(X, classes, sample_weight, held_out, [problem])
        weights = self._train(task, alpha, learning_rate, max_iter)
        if self.average:
            self._keep_average(weights, weights.coef[0], weights.average_coef[0])
        else:
            self.coef_, self.intercept_ = weights.coef, weights.intercept

    def _fit_multiclass(
        self: Any,
        X: Any,
        y: NDArray[Any],
        alpha: float,
        learning_rate: str,
        sample_weight: NDArray[Any],
        max_iter: int,
    ) -> None:
        # Strata are all classes, not each class and its rest.
        held_out = self._make_validation_split(y, sample_mask=sample_weight > 0)
        n_classes = len(self.classes_)
        seeds = check_random_state(self.random_state).randint(MAX_INT, size=n_classes)
        problems = [
            problem_config(_second_seed(seed), class_, pos_weight)
            for class_, (seed, pos_weight) in enumerate(
                zip(seeds, self._expanded_class_weight, strict=True)
            )
        ]
        classes = np.searchsorted(self.classes_, y).astype(X.dtype)
        task = Task(X, classes, sample_weight, held_out, problems)
        weights = self._train(task, alpha, learning_rate, max_iter)
        if self.average:
            self._keep_average(weights, weights.coef, weights.average_coef)
        else:
            self.coef_ = weights.coef
            self.intercept_ = weights.intercept.astype(X.dtype)

    def _train(self: Any, task: Task, alpha: float, learning_rate: str, max_iter: int) -> Weights:
        """Train and count; return the weights of all problems."""
        weights, self.n_iter_ = train(
            self,
            task,
            self._start(self.intercept_, len(task.problems)),
            loss=self._loss_function_["name"],
            alpha=alpha,
            learning_rate=learning_rate,
            max_iter=max_iter,
            score="accuracy",
        )
        self.t_ += self.n_iter_ * task.X.shape[0]
        return weights

    def _keep_average(
        self: Any, weights: Weights, standard: NDArray[Any], average: NDArray[Any]
    ) -> None:
        """Keep both kinds of weights, and show the averaged ones once they count."""
        dtype, averaged = weights.coef.dtype, self._has_average()
        intercept = weights.intercept.astype(dtype)
        average_intercept = weights.average_intercept.astype(dtype)
        loses_intercept = False
        if self.like_sklearn:
            if len(self.classes_) == 2:
                loses_intercept = averaged
            elif self.intercept_ is self._average_intercept:
                # One array under two names: the mean is written over, and the other is lost.
                loses_intercept, average_intercept = True, intercept
        self._standard_coef, self._average_coef = standard, average
        self._average_intercept = average_intercept
        if not loses_intercept:
            self._standard_intercept = intercept
        if averaged:
            self.coef_, self.intercept_ = weights.average_coef, self._average_intercept
        else:
            self.coef_, self.intercept_ = weights.coef, self._standard_intercept


def _second_seed(seed: int) -> int:
    """Return the seed that scikit-learn draws for a class, after one that it has no use for."""
    rng = np.random.RandomState(seed)
    rng.randint(1, MAX_INT)
    return rng.randint(MAX_INT)


class SerialRegressor(Serial):
    """Numbers."""

    def _fit_regressor(
        self: Any,
        X: Any,
        y: NDArray[Any],
        alpha: float,
        loss: str,
        learning_rate: str,
        sample_weight: NDArray[Any],
        max_iter: int,
    ) -> None:
        if not hasattr(self, "t_"):
            self.t_ = 1.0
        held_out = self._make_validation_split(y, sample_mask=sample_weight > 0)
        rng = check_random_state(self.random_state)
        problem = problem_config(rng.randint(0, MAX_INT))
        rng.randint(1, MAX_INT)  # scikit-learn draws another, and has no use for it
        weights, self.n_iter_ = train(
            self,
            Task(X, y, sample_weight, held_out, [problem]),
            self._start(self.intercept_, 1),
            loss=loss,
            alpha=alpha,
            learning_rate=learning_rate,
            max_iter=max_iter,
            score="r2",
        )
        self.t_ += self.n_iter_ * X.shape[0]
        self._show(weights)

    def _show(self: Any, weights: Weights) -> None:
        """Keep the weights, and show the averaged ones once they count."""
        self.coef_, self.intercept_ = weights.coef[0], weights.intercept
        if self.average > 0:
            self._standard_coef, self._standard_intercept = self.coef_, self.intercept_
            self._average_coef = weights.average_coef[0]
            self._average_intercept = weights.average_intercept
            if self._has_average():
                self.coef_, self.intercept_ = self._average_coef, self._average_intercept


class SerialOneClass(Serial):
    """One class, whose offset is 1 less the constant."""

    def _fit_one_class(
        self: Any,
        X: Any,
        alpha: float,
        sample_weight: NDArray[Any],
        learning_rate: str,
        max_iter: int,
    ) -> None:
        n_samples = X.shape[0]
        seed = check_random_state(self.random_state).randint(0, MAX_INT)
        nobody = np.zeros(n_samples, dtype=bool)
        targets = np.ones(n_samples, dtype=X.dtype)
        weights, self.n_iter_ = train(
            self,
            Task(X, targets, sample_weight, nobody, [problem_config(seed)]),
            self._start(1 - self.offset_, 1),
            loss=self._loss_function_["name"],
            alpha=alpha,
            learning_rate=learning_rate,
            max_iter=max_iter,
            score="accuracy",
            one_class=True,
        )
        self.t_ += self.n_iter_ * n_samples
        coef, intercept = weights.coef[0], weights.intercept
        if self.average > 0:
            self._standard_coef, self._standard_intercept = coef, intercept
            self._average_coef = weights.average_coef[0]
            self._average_intercept = weights.average_intercept
            if self._has_average():
                coef, intercept = self._average_coef, self._average_intercept
        elif self.coef_.dtype == coef.dtype and self.coef_.flags.writeable:
            # scikit-learn trains in the array that is there, and its tests look.
            self.coef_[...] = coef
            coef = self.coef_
        self.coef_, self.offset_ = coef, 1 - intercept
