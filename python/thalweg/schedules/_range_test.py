"""The learning rate range test: steps with a rising rate, to see which rates a model bears."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from thalweg._parameters import number, plain

__all__ = ["LRRangeTest", "lr_range_test"]


@dataclass(frozen=True, eq=False)
class LRRangeTest:
    """What a learning rate range test has seen.

    Attributes
    ----------
    lrs : ndarray of shape (n_steps,)
        The rates, rising.
    losses : ndarray of shape (n_steps,)
        The loss of each step, before it.
    smoothed_losses : ndarray of shape (n_steps,)
        Their exponential mean.
    diverged : bool
        Whether the test ended early, because the loss had grown too large.
    """

    lrs: NDArray[np.float64]
    losses: NDArray[np.float64]
    smoothed_losses: NDArray[np.float64]
    diverged: bool

    def _inner(self) -> slice:
        """Return the steps that count: at the ends the mean is not settled, or blows up."""
        n = len(self.lrs)
        return slice(n // 10, n - n // 20)

    @property
    def steepest(self) -> float | None:
        """The rate at which the smoothed loss falls fastest on its way to the least; or None."""
        inner = self._inner()
        # What falls after the least has risen before, and is noise.
        least = int(np.argmin(self.smoothed_losses[inner]))
        if least == 0:
            return None
        slopes = np.gradient(self.smoothed_losses)[inner][: least + 1]
        return float(self.lrs[inner][int(np.argmin(slopes))])

    @property
    def tenth_of_minimum(self) -> float:
        """A tenth of the rate at which the smoothed loss is least."""
        losses = self.smoothed_losses[self._inner()]
        return float(self.lrs[self._inner()][int(np.argmin(losses))]) / 10.0

    @property
    def suggestion(self) -> float | None:
        """The rate to begin with: the steepest; None where the loss does not fall."""
        return self.steepest

    def plot(self, ax: Any = None) -> Any:
        """Draw the losses over the rates, and the suggestion. Needs matplotlib.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None is a new figure of pyplot's.

        Returns
        -------
        ax : matplotlib Axes
            The same.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            _, ax = plt.subplots()
        ax.plot(self.lrs, self.losses, alpha=0.3, label="loss")
        ax.plot(self.lrs, self.smoothed_losses, label="smoothed")
        if self.suggestion is not None:
            label = f"suggestion: {self.suggestion:.2g}"
            ax.axvline(self.suggestion, color="black", linestyle=":", label=label)
        ax.set_xscale("log")
        ax.set_xlabel("learning rate")
        ax.set_ylabel("loss")
        ax.legend()
        return ax


def lr_range_test(
    model: Any,
    X: Any = None,
    y: Any = None,
    *,
    min_lr: float = 1e-7,
    max_lr: float = 10.0,
    num_iter: int = 100,
    mode: Literal["geometric", "linear"] = "geometric",
    smoothing: float = 0.05,
    diverge: float = 5.0,
    sample_weight: Any = None,
    random_state: Any = 0,
    restore: Callable[[], object] | None = None,
) -> LRRangeTest:
    r"""Take one step at each of some rising rates, and see what becomes of the loss.

    Step :math:`i` of :math:`n` has the rate

    .. math::

        \eta_i = \eta_{\min} (\eta_{\max} / \eta_{\min})^{i / (n - 1)} \qquad
        (\text{'linear'}: \eta_{\min} + (\eta_{\max} - \eta_{\min}) \, i / (n - 1))

    and the loss is smoothed, :math:`L \leftarrow s \, l_i + (1 - s) L`. The test ends early when a
    loss is not finite or exceeds ``diverge`` times the least.

    Parameters
    ----------
    model : MLPClassifier, MLPRegressor or callable
        The estimator is left as it is, fitted or not: a copy takes the steps, each on one
        mini-batch of the estimator's ``batch_size``. A callable is ``step(lr) -> loss``: it takes
        one step with that rate and returns the loss before it.

    X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
        Training data; for an estimator only.

    y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
        Targets; for an estimator only.

    min_lr : float, default=1e-7
        The first rate, > 0.

    max_lr : float, default=10.0
        The last rate, more than ``min_lr``.

    num_iter : int, default=100
        :math:`n`, at least 2.

    mode : {'geometric', 'linear'}, default='geometric'
        How the rate rises.

    smoothing : float, default=0.05
        :math:`s`, in (0, 1]; 1 does not smooth.

    diverge : float, default=5.0
        > 1. A negative least loss :math:`L` gives the bound :math:`L + (d - 1) |L|`.

    sample_weight : array-like of shape (n_samples,), default=None
        As in ``fit``; for an estimator only.

    random_state : int, RandomState instance or None, default=0
        Draws the mini-batches; for an estimator only.

    restore : callable, default=None
        Called at the end, and after an error too: puts back what a callable has changed.

    Returns
    -------
    result : LRRangeTest
        The curve, with ``suggestion`` and ``plot``.

    Raises
    ------
    ValueError, TypeError
        If a parameter breaks its rule, or the first loss is not finite.

    See Also
    --------
    CyclicLR, OneCycleLR : Go up to a rate that this test has found.

    References
    ----------
    .. [1] L. N. Smith, "Cyclical Learning Rates for Training Neural Networks", 2015,
       https://arxiv.org/abs/1506.01186

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from thalweg import MLPClassifier
    >>> from thalweg.schedules import lr_range_test
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(batch_size=32, random_state=0)
    >>> result = lr_range_test(model, X, y)
    >>> 1e-4 < result.suggestion < 1
    True
    >>> hasattr(model, "coefs_")
    False
    """
    lrs = _rates(min_lr, max_lr, num_iter, mode)
    s = number("smoothing", smoothing)
    if not 0 < s <= 1:
        raise ValueError(f"`smoothing` must be in (0, 1], got {smoothing!r}")
    if not number("diverge", diverge) > 1:
        raise ValueError(f"`diverge` must be > 1, got {diverge!r}")
    if restore is not None and not callable(restore):
        raise TypeError(f"`restore` must be callable or None, got {restore!r}")
    step = _step(model, X, y, sample_weight, random_state)
    try:
        return _climb(step, lrs, s, float(diverge))
    finally:
        if restore is not None:
            restore()


def _rates(min_lr: float, max_lr: float, num_iter: int, mode: str) -> NDArray[np.float64]:
    """Return the rates of the steps."""
    low, high = number("min_lr", min_lr), number("max_lr", max_lr)
    if not 0 < low < np.inf:
        raise ValueError(f"`min_lr` must be > 0 and finite, got {min_lr!r}")
    if not low < high < np.inf:
        raise ValueError(f"`max_lr` must be finite and more than `min_lr` = {low}, got {max_lr!r}")
    if plain("num_iter", num_iter, int) < 2:
        raise ValueError(f"`num_iter` must be at least 2, got {num_iter!r}")
    plain("mode", mode, Literal["geometric", "linear"])
    share = np.arange(num_iter) / (num_iter - 1)
    return low + (high - low) * share if mode == "linear" else low * (high / low) ** share


def _climb(
    step: Callable[[float], float], lrs: NDArray[np.float64], s: float, diverge: float
) -> LRRangeTest:
    """Take the steps until the loss has grown too large."""
    losses: list[float] = []
    smoothed: list[float] = []
    diverged = False
    for lr in lrs.tolist():
        loss = float(step(lr))
        if not np.isfinite(loss):
            diverged = True
            break
        mean = s * loss + (1 - s) * smoothed[-1] if smoothed else loss
        losses.append(loss)
        smoothed.append(mean)
        least = min(smoothed)
        if mean > least + (diverge - 1) * abs(least):
            diverged = True
            break
    if not losses:
        raise ValueError(f"the loss must be finite at the first rate, got {loss!r}")
    return LRRangeTest(lrs[: len(losses)], np.array(losses), np.array(smoothed), diverged)


def _step(
    model: Any, X: Any, y: Any, sample_weight: Any, random_state: Any
) -> Callable[[float], float]:
    """Return the step of a model as a function of the rate."""
    if hasattr(model, "partial_fit") and hasattr(model, "batch_size"):
        if X is None or y is None:
            raise ValueError("`X` and `y` must be given with an estimator, got None")
        return _EstimatorStep(model, X, y, sample_weight, random_state)
    if not callable(model):
        raise TypeError(
            f"`model` must be an MLP whose solver takes mini-batches, or callable, got {model!r}"
        )
    if X is not None or y is not None or sample_weight is not None:
        raise ValueError("`X`, `y` and `sample_weight` must be None with a callable")
    step: Callable[[float], float] = model
    return step


def _length(y: Any) -> int:
    """Return the number of rows of an array, a data frame or a list."""
    return int(y.shape[0]) if hasattr(y, "shape") else len(y)


class _EstimatorStep:
    """Steps of a copy of an estimator, each on the next mini-batch."""

    def __init__(
        self, estimator: Any, X: Any, y: Any, sample_weight: Any, random_state: Any
    ) -> None:
        from copy import deepcopy

        from sklearn.base import is_classifier
        from sklearn.utils import check_random_state, indexable

        self._X, self._y, self._weight = indexable(X, y, sample_weight)
        self._copy = deepcopy(estimator)
        size, rows = estimator.batch_size, _length(self._y)
        self._size = min(200, rows) if isinstance(size, str) else min(int(size), rows)
        # The test gives the rate, and a batch is the whole of what partial_fit sees.
        settings = {
            "batch_size": self._size,
            "learning_rate": "constant",
            "schedule": None,
            "early_stopping": False,
            "verbose": False,
        }
        known = estimator.get_params(deep=False)
        self._copy.set_params(**{name: settings[name] for name in settings if name in known})
        self._batches = self._draw(check_random_state(random_state))
        self._classes: dict[str, Any] = {}
        if is_classifier(estimator) and not hasattr(estimator, "classes_"):
            self._classes = {"classes": np.unique(np.asarray(y))}

    def _draw(self, rng: np.random.RandomState) -> Iterator[NDArray[np.intp]]:
        """Yield mini-batches without end; rows that do not fill one are left to later orders."""
        rows = _length(self._y)
        while True:
            order = rng.permutation(rows)
            for begin in range(0, rows - self._size + 1, self._size):
                yield order[begin : begin + self._size]

    def __call__(self, lr: float) -> float:
        from sklearn.utils import _safe_indexing

        rows = next(self._batches)
        name = "learning_rate_init" if isinstance(self._copy.solver, str) else "solver__lr"
        self._copy.set_params(**{name: lr})
        weight = None if self._weight is None else _safe_indexing(self._weight, rows)
        epochs = len(getattr(self._copy, "loss_curve_", ()))
        try:
            self._copy.partial_fit(
                _safe_indexing(self._X, rows),
                _safe_indexing(self._y, rows),
                sample_weight=weight,
                **self._classes,
            )
        except ValueError:
            # Refused data leaves the history as it was; weights that are no longer finite do not.
            if len(getattr(self._copy, "loss_curve_", ())) == epochs:
                raise
            return np.inf
        self._classes = {}
        return float(self._copy.loss_)
