"""Passive-aggressive learners: the rates 'pa1' and 'pa2' under names of their own.

scikit-learn has deprecated its classes of these names, and they warn when they are made. These
here do not depend on them, stay, and do not warn.
"""

from __future__ import annotations

from numbers import Real
from typing import Any, ClassVar, Self

from sklearn.base import _fit_context
from sklearn.linear_model._stochastic_gradient import BaseSGDClassifier, BaseSGDRegressor
from sklearn.utils._param_validation import Interval, StrOptions

from thalweg.linear_model._serial import SerialClassifier, SerialRegressor

_BALANCED = (
    "class_weight 'balanced' is not supported for partial_fit. For 'balanced' weights, use "
    "`sklearn.utils.compute_class_weight` with `class_weight='balanced'`. In place of y you can "
    "use a large enough subset of the full training set target to properly estimate the class "
    "frequency distributions. Pass the resulting weights as the class_weight parameter."
)


def _constraints(base: dict[str, Any], losses: set[str], **more: Any) -> dict[str, Any]:
    """Return scikit-learn's rules, with C in place of eta0."""
    own = {
        "loss": [StrOptions(losses)],
        "C": [Interval(Real, 0, None, closed="right")],
        "like_sklearn": ["boolean"],
        **more,
    }
    return {name: rule for name, rule in (base | own).items() if name != "eta0"}


class _Aggressive:
    """What the two have in common: a loss that is linear under 'pa1' and squared under 'pa2'."""

    _linear: ClassVar[str]

    def _mode(self: Any) -> dict[str, Any]:
        """Return what training takes in place of the estimator's parameters."""
        self.eta0 = self.C  # it may have been set since the estimator was made
        return {
            "alpha": 1.0,
            "loss": self._linear,
            "learning_rate": "pa1" if self.loss == self._linear else "pa2",
        }

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self: Any, X: Any, y: Any, coef_init: Any = None, intercept_init: Any = None) -> Any:
        """Train on X and y.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,)
            Targets.
        coef_init : ndarray of the shape of ``coef_``, default=None
            Weights to begin with.
        intercept_init : ndarray of the shape of ``intercept_``, default=None
            Constants to begin with.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        self._more_validate_params()
        return self._fit(X, y, coef_init=coef_init, intercept_init=intercept_init, **self._mode())


class PassiveAggressiveClassifier(_Aggressive, SerialClassifier, BaseSGDClassifier):
    r"""Passive-aggressive classifier.

    scikit-learn's ``PassiveAggressiveClassifier``: the same parameters, attributes, methods and
    messages, and with the same ``random_state`` the same model, several times faster. Each sample
    moves the weights just as far as it needs,

    .. math:: w \leftarrow w + \tau y_i x_i, \qquad \ell = \max(0, 1 - y_i (w \cdot x_i + b)),

    with :math:`\tau = \min(C, \ell / \|x_i\|^2)` for ``loss='hinge'`` (PA-I) and
    :math:`\tau = \ell / (\|x_i\|^2 + 1 / (2 C))` for ``loss='squared_hinge'`` (PA-II).

    Parameters
    ----------
    C : float, default=1.0
        Aggressiveness.
    fit_intercept : bool, default=True
        Whether the constant b is trained.
    max_iter : int, default=1000
        Most epochs of a `fit`.
    tol : float or None, default=1e-3
        Improvement that counts; None trains all epochs.
    early_stopping : bool, default=False
        Whether to hold out ``validation_fraction`` of the data, stop when the accuracy on it does
        not improve, and keep the weights that had the best.
    validation_fraction : float, default=0.1
        Share of the data held out, in (0, 1).
    n_iter_no_change : int, default=5
        Epochs in a row without improvement that end the training.
    shuffle : bool, default=True
        Whether the order of the samples changes after each epoch.
    verbose : int, default=0
        Print a line each epoch if not 0.
    loss : {'hinge', 'squared_hinge'}, default='hinge'
        PA-I or PA-II.
    n_jobs : int or None, default=None
        How many classes are trained side by side; see :class:`SGDClassifier`.
    random_state : int, RandomState instance or None, default=None
        Decides about the order of the samples and the validation split.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the fit before.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class.
    average : bool or int, default=False
        Whether ``coef_`` is the mean of the weights over the steps; a number is the step from
        which the mean is taken.
    like_sklearn : bool, default=False
        Whether to repeat what scikit-learn 1.9 does by mistake; see :class:`SGDClassifier`.

    Attributes
    ----------
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        Weights w.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Constants b.
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_iter_ : int
        Epochs; the most that a class has taken.
    t_ : float
        ``n_iter_ * n_samples + 1``, counted on by `partial_fit`.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had any.

    Raises
    ------
    ValueError
        If a parameter or the data is refused, or weights overflow; the estimator then stays as it
        was.

    See Also
    --------
    SGDClassifier : The same with ``penalty=None, learning_rate='pa1', eta0=C``.

    References
    ----------
    K. Crammer et al., "Online Passive-Aggressive Algorithms", JMLR 7, 2006.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from thalweg import PassiveAggressiveClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> PassiveAggressiveClassifier(random_state=0).fit(X, y).score(X, y) > 0.9
    True
    """

    _linear = "hinge"
    _parameter_constraints: ClassVar[dict[str, Any]] = _constraints(
        BaseSGDClassifier._parameter_constraints, {"hinge", "squared_hinge"}
    )

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        shuffle: bool = True,
        verbose: int = 0,
        loss: str = "hinge",
        n_jobs: int | None = None,
        random_state: Any = None,
        warm_start: bool = False,
        class_weight: Any = None,
        average: bool | int = False,
        like_sklearn: bool = False,
    ) -> None:
        super().__init__(
            loss=loss,
            penalty=None,
            fit_intercept=fit_intercept,
            max_iter=max_iter,
            tol=tol,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            shuffle=shuffle,
            verbose=verbose,
            random_state=random_state,
            eta0=C,
            warm_start=warm_start,
            class_weight=class_weight,
            average=average,
            n_jobs=n_jobs,
        )
        self.C = C
        self.like_sklearn = like_sklearn

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Train one epoch, from the weights at hand.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Some of the training data.
        y : array-like of shape (n_samples,)
            Their labels.
        classes : array-like of shape (n_classes,), default=None
            All labels there are; needed in the first call.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        if not hasattr(self, "classes_"):
            self._more_validate_params(for_partial_fit=True)
            if self.class_weight == "balanced":
                raise ValueError(_BALANCED)
        fixed: dict[str, Any] = {"sample_weight": None, "coef_init": None, "intercept_init": None}
        return self._partial_fit(X, y, max_iter=1, classes=classes, **fixed, **self._mode())


class PassiveAggressiveRegressor(_Aggressive, SerialRegressor, BaseSGDRegressor):
    r"""Passive-aggressive regression.

    scikit-learn's ``PassiveAggressiveRegressor``: the same parameters, attributes, methods and
    messages, and with the same ``random_state`` the same model, several times faster. Each sample
    moves the weights just as far as it needs,

    .. math::

        w \leftarrow w + \tau \, \mathrm{sign}(y_i - w \cdot x_i - b) \, x_i, \qquad
        \ell = \max(0, |y_i - w \cdot x_i - b| - \epsilon),

    with :math:`\tau = \min(C, \ell / \|x_i\|^2)` for ``loss='epsilon_insensitive'`` (PA-I) and
    :math:`\tau = \ell / (\|x_i\|^2 + 1 / (2 C))` for ``loss='squared_epsilon_insensitive'``
    (PA-II).

    Parameters
    ----------
    C : float, default=1.0
        Aggressiveness.
    fit_intercept : bool, default=True
        Whether the constant b is trained.
    max_iter : int, default=1000
        Most epochs of a `fit`.
    tol : float or None, default=1e-3
        Improvement that counts; None trains all epochs.
    early_stopping : bool, default=False
        Whether to hold out ``validation_fraction`` of the data, stop when :math:`R^2` on it does
        not improve, and keep the weights that had the best.
    validation_fraction : float, default=0.1
        Share of the data held out, in (0, 1).
    n_iter_no_change : int, default=5
        Epochs in a row without improvement that end the training.
    shuffle : bool, default=True
        Whether the order of the samples changes after each epoch.
    verbose : int, default=0
        Print a line each epoch if not 0.
    loss : {'epsilon_insensitive', 'squared_epsilon_insensitive'}, default='epsilon_insensitive'
        PA-I or PA-II.
    epsilon : float, default=0.1
        Half the band within which a prediction is right.
    random_state : int, RandomState instance or None, default=None
        Decides about the order of the samples and the validation split.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the fit before.
    average : bool or int, default=False
        Whether ``coef_`` is the mean of the weights over the steps; a number is the step from
        which the mean is taken.
    like_sklearn : bool, default=False
        Whether to repeat what scikit-learn 1.9 does by mistake; see :class:`SGDRegressor`.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Weights w.
    intercept_ : ndarray of shape (1,)
        The constant b.
    n_iter_ : int
        Epochs.
    t_ : float
        ``n_iter_ * n_samples + 1``, counted on by `partial_fit`.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had any.

    Raises
    ------
    ValueError
        If a parameter or the data is refused, or weights overflow; the estimator then stays as it
        was.

    See Also
    --------
    SGDRegressor : The same with ``loss='epsilon_insensitive', penalty=None,
        learning_rate='pa1', eta0=C``.

    References
    ----------
    K. Crammer et al., "Online Passive-Aggressive Algorithms", JMLR 7, 2006.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from thalweg import PassiveAggressiveRegressor
    >>> X, y = make_regression(n_samples=500, n_features=5, noise=1.0, random_state=0)
    >>> PassiveAggressiveRegressor(random_state=0).fit(X, y).score(X, y) > 0.99
    True
    """

    _linear = "epsilon_insensitive"
    _parameter_constraints: ClassVar[dict[str, Any]] = _constraints(
        BaseSGDRegressor._parameter_constraints,
        {"epsilon_insensitive", "squared_epsilon_insensitive"},
        epsilon=[Interval(Real, 0, None, closed="left")],
    )

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        shuffle: bool = True,
        verbose: int = 0,
        loss: str = "epsilon_insensitive",
        epsilon: float = 0.1,
        random_state: Any = None,
        warm_start: bool = False,
        average: bool | int = False,
        like_sklearn: bool = False,
    ) -> None:
        super().__init__(
            loss=loss,
            penalty=None,
            l1_ratio=0,
            epsilon=epsilon,
            eta0=C,
            fit_intercept=fit_intercept,
            max_iter=max_iter,
            tol=tol,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            shuffle=shuffle,
            verbose=verbose,
            random_state=random_state,
            warm_start=warm_start,
            average=average,
        )
        self.C = C
        self.like_sklearn = like_sklearn

    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any) -> Self:
        """Train one epoch, from the weights at hand.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Some of the training data.
        y : array-like of shape (n_samples,)
            Their targets.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        if not hasattr(self, "coef_"):
            self._more_validate_params(for_partial_fit=True)
        fixed: dict[str, Any] = {"sample_weight": None, "coef_init": None, "intercept_init": None}
        return self._partial_fit(X, y, max_iter=1, **fixed, **self._mode())
