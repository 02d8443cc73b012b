"""The perceptron."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.linear_model import Perceptron as _ScikitPerceptron

from thalweg.linear_model._serial import SerialClassifier


class Perceptron(SerialClassifier, _ScikitPerceptron):
    r"""Linear perceptron classifier.

    scikit-learn's ``Perceptron``: the same parameters, attributes, methods and messages, and with
    the same ``random_state`` the same model, several times faster. Whenever a sample is on the
    wrong side,

    .. math:: w \leftarrow w + \eta_0 y_i x_i, \quad b \leftarrow b + \eta_0 y_i.

    Parameters
    ----------
    penalty : {'l2', 'l1', 'elasticnet', None}, default=None
        The regularization: half the sum of squares, the sum of magnitudes, or both.
    alpha : float, default=0.0001
        Strength of the regularization.
    l1_ratio : float, default=0.15
        Share of 'l1' under 'elasticnet', in [0, 1].
    fit_intercept : bool, default=True
        Whether the constant b is trained.
    max_iter : int, default=1000
        Most epochs of a `fit`.
    tol : float or None, default=1e-3
        Improvement that counts; None trains all epochs.
    shuffle : bool, default=True
        Whether the order of the samples changes after each epoch.
    verbose : int, default=0
        Print a line each epoch if not 0.
    eta0 : float, default=1.0
        The rate.
    n_jobs : int or None, default=None
        How many classes are trained side by side; see :class:`SGDClassifier`.
    random_state : int, RandomState instance or None, default=0
        Decides about the order of the samples and the validation split.
    early_stopping : bool, default=False
        Whether to hold out ``validation_fraction`` of the data, stop when the accuracy on it does
        not improve, and keep the weights that had the best.
    validation_fraction : float, default=0.1
        Share of the data held out, in (0, 1).
    n_iter_no_change : int, default=5
        Epochs in a row without improvement that end the training.
    class_weight : dict, 'balanced' or None, default=None
        Weight of each class.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the fit before.
    like_sklearn : bool, default=False
        Whether to keep the last weights with early stopping and to score weights without their
        factor, as scikit-learn 1.9 does by mistake.

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
    SGDClassifier : ``SGDClassifier(loss="perceptron", eta0=1, learning_rate="constant",
        penalty=None)`` is the same.

    References
    ----------
    F. Rosenblatt, "The perceptron: a probabilistic model for information storage and organization
    in the brain", Psychological Review 65, 1958.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from thalweg import Perceptron
    >>> X, y = load_digits(return_X_y=True)
    >>> Perceptron().fit(X, y).score(X, y) > 0.9
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **_ScikitPerceptron._parameter_constraints,
        "like_sklearn": ["boolean"],
    }

    def __init__(
        self,
        *,
        penalty: str | None = None,
        alpha: float = 0.0001,
        l1_ratio: float = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        eta0: float = 1.0,
        n_jobs: int | None = None,
        random_state: Any = 0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        class_weight: Any = None,
        warm_start: bool = False,
        like_sklearn: bool = False,
    ) -> None:
        super().__init__(
            penalty=penalty,
            alpha=alpha,
            l1_ratio=l1_ratio,
            fit_intercept=fit_intercept,
            max_iter=max_iter,
            tol=tol,
            shuffle=shuffle,
            verbose=verbose,
            eta0=eta0,
            n_jobs=n_jobs,
            random_state=random_state,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            class_weight=class_weight,
            warm_start=warm_start,
        )
        self.like_sklearn = like_sklearn
