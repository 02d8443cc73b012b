"""A linear one-class support vector machine trained by stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from sklearn.linear_model import SGDOneClassSVM as _ScikitSGDOneClassSVM

from thalweg.linear_model._serial import SerialOneClass


class SGDOneClassSVM(SerialOneClass, _ScikitSGDOneClassSVM):
    r"""Linear one-class support vector machine trained by stochastic gradient descent.

    scikit-learn's ``SGDOneClassSVM``: the same parameters, attributes, methods and messages, and
    with the same ``random_state`` the same model, several times faster. It minimizes

    .. math::

        \frac{\nu}{2} \|w\|^2 + \nu b + \frac{1}{n} \sum_i \max(0, 1 - w \cdot x_i - b),

    and calls what has :math:`w \cdot x < 1 - b` an outlier.

    Parameters
    ----------
    nu : float, default=0.5
        Bound on the share of training errors, in (0, 1].
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
    random_state : int, RandomState instance or None, default=None
        Decides about the order of the samples.
    learning_rate : {'optimal', 'constant', 'invscaling', 'adaptive'}, default='optimal'
        The rate; see :class:`SGDClassifier`, with nu in place of alpha.
    eta0 : float, default=0.01
        First rate.
    power_t : float, default=0.5
        The power of 'invscaling'.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the fit before.
    average : bool or int, default=False
        Whether ``coef_`` is the mean of the weights over the steps; a number is the step from
        which the mean is taken.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Weights w.
    offset_ : ndarray of shape (1,)
        1 - b: ``decision_function = score_samples - offset_``.
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
    sklearn.svm.OneClassSVM : The same with kernels, for less data.

    References
    ----------
    B. Schölkopf et al., "Estimating the support of a high-dimensional distribution", Neural
    Computation 13, 2001.

    Examples
    --------
    >>> import numpy as np
    >>> from thalweg import SGDOneClassSVM
    >>> X = np.array([[-1, -1], [-2, -1], [1, 1], [2, 1]])
    >>> SGDOneClassSVM(random_state=42, tol=None).fit(X).predict([[4, 4]])
    array([1], dtype=int32)
    """

    # Of its own only for scikit-learn, which looks for parameters in the class that it is given.
    def __init__(
        self,
        nu: float = 0.5,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        random_state: Any = None,
        learning_rate: str = "optimal",
        eta0: float = 0.01,
        power_t: float = 0.5,
        warm_start: bool = False,
        average: bool | int = False,
    ) -> None:
        super().__init__(
            nu=nu,
            fit_intercept=fit_intercept,
            max_iter=max_iter,
            tol=tol,
            shuffle=shuffle,
            verbose=verbose,
            random_state=random_state,
            learning_rate=learning_rate,
            eta0=eta0,
            power_t=power_t,
            warm_start=warm_start,
            average=average,
        )
