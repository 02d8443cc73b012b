"""One fit, stage by stage: parameters -> checked data -> weights -> training -> attributes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from numbers import Real
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.neural_network import MLPClassifier as _ScikitMLP
from sklearn.utils._param_validation import Interval, StrOptions

from thalweg._core import MlpObjective
from thalweg.neural_network._config import is_stochastic, network_config
from thalweg.neural_network._inputs import (
    Problem,
    check_early_stopping,
    check_hidden_layer_sizes,
    check_precision,
    check_same_network,
    check_stepwise,
    check_targets,
    check_weights,
    to_batches,
    to_core,
)
from thalweg.neural_network._lbfgs import fit_lbfgs
from thalweg.neural_network._outcome import Outcome
from thalweg.neural_network._refusal import unchanged_if_refused
from thalweg.neural_network._stochastic import HISTORY, fit_stochastic
from thalweg.neural_network._weights import draw, pack, refuse_absurd, unpack
from thalweg.optimizers import Optimizer
from thalweg.schedules import Schedule


class BaseMLP(BaseEstimator, ABC):
    """What the classifier and the regressor share; not for direct use."""

    # scikit-learn's own rules and messages, plus what is new.
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **_ScikitMLP._parameter_constraints,
        "solver": [StrOptions({"lbfgs", "sgd", "adam"}), Optimizer],
        "schedule": [Schedule, None],
        "gradient_transforms": [list, tuple, None],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "clip_value": [Interval(Real, 0, None, closed="neither"), None],
        "weight_decay_biases": ["boolean"],
        "keep_optimizer_state": ["boolean"],
        "precision": [StrOptions({"bfloat16"}), None],
    }

    # The parameters, which scikit-learn wants in the signature of each estimator.
    hidden_layer_sizes: Any
    activation: str
    solver: Any
    alpha: float
    batch_size: Any
    learning_rate: str
    learning_rate_init: float
    power_t: float
    max_iter: int
    loss: str
    shuffle: bool
    random_state: Any
    tol: float
    verbose: Any
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    schedule: Any
    gradient_transforms: Any
    clip_norm: float | None
    clip_value: float | None
    weight_decay_biases: bool
    keep_optimizer_state: bool
    precision: str | None

    def _store(self, params: dict[str, Any]) -> None:
        """Keep what the constructor was given, unchanged, each under its name."""
        for name, value in params.items():
            if name != "self":
                setattr(self, name, value)

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data. float32 is trained in float32, everything else in float64, unless
            `precision` says otherwise. Integers, booleans, float16, other byte and memory orders
            and frames of plain numbers are converted batch by batch, and not copied as a whole.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: labels, an indicator matrix of several labels, or numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts; not negative, and not all zero.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data is refused, in which case the estimator stays as it was;
            or if the weights diverge, in which case those of the last finite epoch are kept.
        MemoryError
            If the network cannot fit into memory.
        """
        return self._fit(X, y, sample_weight, incremental=False)

    def _fit(
        self, X: Any, y: Any, sample_weight: Any, incremental: bool, classes: Any = None
    ) -> Self:
        """Train from scratch, or from the weights at hand."""
        anew = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        with unchanged_if_refused(self) as rng:
            check_early_stopping(self, incremental)
            check_stepwise(self)
            check_precision(self, X)
            hidden = check_hidden_layer_sizes(self.hidden_layer_sizes)
            X, y = self._validate_input(X, y, incremental, reset=anew, classes=classes)
            dtype = X.dtype if anew else self._weights_dtype()
            problem = self._pose(X, y, sample_weight, hidden, dtype)
            if anew:
                self._forget()
                refuse_absurd(problem.units, dtype.itemsize)
                params = draw(problem.units, self.activation, dtype, rng)
            else:
                check_same_network(self, problem.units, problem.output)
                params = pack(self.coefs_, self.intercepts_, dtype)
            if self.solver == "lbfgs":
                outcome = fit_lbfgs(self, problem, params.astype(np.float64))
            else:
                outcome = fit_stochastic(self, problem, params, rng, incremental)
        self._learn(problem, outcome, dtype)
        outcome.announce()
        return self

    @abstractmethod
    def _validate_input(
        self, X: Any, y: Any, incremental: bool, reset: bool, classes: Any
    ) -> tuple[Any, NDArray[Any]]:
        """Return checked X and encoded y, and set what describes them on the estimator."""

    @abstractmethod
    def _output_activation(self) -> str:
        """Return the activation of the last layer."""

    def _weights_dtype(self) -> np.dtype[Any]:
        """Return the dtype that the model has, and keeps when training goes on."""
        if self.precision is not None:
            return np.dtype(np.float32)
        common = np.result_type(*self.coefs_, *self.intercepts_)
        return np.dtype(np.float32 if common == np.float32 else np.float64)

    def _pose(
        self, X: Any, y: NDArray[Any], sample_weight: Any, hidden: list[int], dtype: np.dtype[Any]
    ) -> Problem:
        """Lay out the data for the solver. L-BFGS computes in float64 whatever the model has."""
        working = np.dtype(np.float64) if self.solver == "lbfgs" else dtype
        Y = check_targets(y, self.loss, working)
        return Problem(
            X=to_batches(X, working),
            Y=Y,
            sample_weight=check_weights(sample_weight, X, working),
            units=(X.shape[1], *hidden, Y.shape[1]),
            output=self._output_activation(),
            # Strata of a single 0/1 column only, as in scikit-learn.
            strata=y.ravel() if y.dtype == bool and Y.shape[1] == 1 else None,
        )

    def _forget(self) -> None:
        """Drop what an earlier fit has left and this one may not set."""
        for name in HISTORY:
            self.__dict__.pop(name, None)
        self.t_ = 0

    def _learn(self, problem: Problem, outcome: Outcome, dtype: np.dtype[Any]) -> None:
        """Turn the outcome of a training into fitted attributes."""
        self.n_layers_ = len(problem.units)
        self.n_outputs_ = problem.units[-1]
        self.out_activation_ = problem.output
        params = outcome.params.astype(dtype, copy=False)
        self.coefs_, self.intercepts_ = unpack(params, problem.units)
        self.__dict__.update(outcome.attributes)

    def _loss_grad_lbfgs(
        self, packed: NDArray[Any], X: Any, y: Any, sample_weight: Any, *_: Any
    ) -> tuple[float, NDArray[Any]]:
        """Return loss and gradient at packed weights.

        The private method of scikit-learn that its tests check gradients with; the further
        arguments are its scratch arrays, for which there is no use here.
        """
        dtype = np.dtype(np.float64)
        Y = check_targets(np.asarray(y), self.loss, dtype)
        objective = MlpObjective(
            to_core(X, dtype),
            Y,
            check_weights(sample_weight, X, dtype),
            network_config(
                self,
                [X.shape[1], *check_hidden_layer_sizes(self.hidden_layer_sizes), Y.shape[1]],
                self.out_activation_,
            ),
        )
        return objective.evaluate(np.require(packed, dtype, ["C", "A"]))

    def _check_solver(self) -> bool:
        """Raise AttributeError, which hides ``partial_fit``, unless the solver takes batches."""
        if not is_stochastic(self.solver):
            raise AttributeError(
                "partial_fit is only available for stochastic"
                f" optimizers. {self.solver} is not stochastic."
            )
        return True

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that sparse X is welcome."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
