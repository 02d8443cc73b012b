"""Linear regression trained by stochastic gradient descent."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.linear_model import SGDRegressor as _ScikitSGDRegressor

from thalweg.linear_model._beyond_regressor import BeyondRegressor, regressor_constraints
from thalweg.linear_model._serial import SerialRegressor
from thalweg.optimizers import Optimizer
from thalweg.schedules import Schedule


class SGDRegressor(BeyondRegressor, SerialRegressor, _ScikitSGDRegressor):
    r"""Linear regression trained by gradient descent, one sample or one mini-batch at a time.

    scikit-learn's ``SGDRegressor``: the same parameters, attributes, methods and messages, and
    with the same ``random_state`` the same model, several times faster. It minimizes

    .. math:: \frac{1}{n} \sum_i L(y_i, w \cdot x_i + b) + \alpha R(w).

    Parameters
    ----------
    loss : str, default='squared_error'
        'squared_error' (halved), 'huber' (linear from ``epsilon`` on), 'epsilon_insensitive'
        (absolute beyond a band), 'squared_epsilon_insensitive' (its square), 'absolute_error',
        'quantile' (the pinball loss), 'log_cosh'; with predictions :math:`\exp(w \cdot x + b)`
        half the deviances 'poisson', 'gamma' and 'tweedie'.
    penalty : {'l2', 'l1', 'elasticnet', None}, default='l2'
        The regularization R: half the sum of squares, the sum of magnitudes, or both.
    alpha : float, default=0.0001
        Strength of the regularization; also sets the rate under ``learning_rate='optimal'``.
    l1_ratio : float or None, default=0.15
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
    epsilon : float, default=0.1
        Where 'huber' becomes linear; half the band of the 'epsilon_insensitive' losses.
    random_state : int, RandomState instance or None, default=None
        Decides about the order of the samples and the validation split.
    learning_rate : str, default='invscaling'
        The rate: 'invscaling' :math:`\eta_0 / t^p`, 'constant' :math:`\eta_0`, 'optimal'
        :math:`1 / (\alpha (t + t_0))`, 'adaptive' :math:`\eta_0` and a fifth of it whenever there
        is no improvement; 'pa1' and 'pa2' are passive-aggressive, and take 'epsilon_insensitive'
        only.
    eta0 : float, default=0.01
        :math:`\eta_0`, or the aggressiveness C of 'pa1' and 'pa2'.
    power_t : float, default=0.25
        The power p of 'invscaling'.
    early_stopping : bool, default=False
        Whether to hold out ``validation_fraction`` of the data, stop when :math:`R^2` on it does
        not improve, and keep the weights that had the best.
    validation_fraction : float, default=0.1
        Share of the data held out, in (0, 1).
    n_iter_no_change : int, default=5
        Epochs in a row without improvement that end the training.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the fit before.
    average : bool or int, default=False
        Whether ``coef_`` is the mean of the weights over the steps; a number is the step from
        which the mean is taken.
    like_sklearn : bool, default=False
        Whether to repeat what scikit-learn 1.9 does by mistake, number for number: with early
        stopping it keeps the last weights instead of the best, and scores weights that lack a
        factor.
    solver : Optimizer, str or None, default=None
        An optimizer of :mod:`thalweg.optimizers`, or its name, which trains on mini-batches at its
        own rate. None trains as scikit-learn does, with ``learning_rate``.
    batch_size : int or 'full', default=1
        Samples of a step; 'full' takes all. With 1 and neither ``solver`` nor ``schedule``, samples
        are taken one by one in scikit-learn's order; otherwise see
        docs/choosing-a-linear-model.md for what differs.
    schedule : Schedule or None, default=None
        An object of :mod:`thalweg.schedules` in the place of ``learning_rate``.
    quantile : float, default=0.5
        What 'quantile' predicts, in (0, 1): the median by default.
    power : float, default=1.5
        Power of the mean in the variance under 'tweedie', at most 0 or at least 1: 1 is Poisson,
        2 gamma, 3 inverse Gaussian.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,) or (n_outputs, n_features)
        Weights w.
    intercept_ : ndarray of shape (1,) or (n_outputs,)
        Constants b.
    n_iter_ : int
        Epochs.
    t_ : float
        ``n_iter_ * n_samples + 1``, counted on by `partial_fit`.
    loss_curve_ : list of float
        On mini-batches: mean loss of each epoch, penalty included.
    validation_scores_, validation_loss_curve_ : lists of float
        On mini-batches with early stopping: score and loss after each epoch.
    best_validation_score_ : float
        On mini-batches with early stopping: the score of the weights that were kept.
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
    SGDClassifier : The same for classes, with the references.

    Notes
    -----
    float32 data is trained in float32. Sparse data should be CSR; its indices may have 64 bits.

    References
    ----------
    L. Bottou, "Stochastic Gradient Descent Tricks", 2012.

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from thalweg import SGDRegressor
    >>> X, y = make_regression(n_samples=500, n_features=5, noise=1.0, random_state=0)
    >>> SGDRegressor(random_state=0).fit(X, y).score(X, y) > 0.99
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **regressor_constraints(_ScikitSGDRegressor._parameter_constraints),
        "like_sklearn": ["boolean"],
    }

    def __init__(
        self,
        loss: str = "squared_error",
        *,
        penalty: str | None = "l2",
        alpha: float = 0.0001,
        l1_ratio: float | None = 0.15,
        fit_intercept: bool = True,
        max_iter: int = 1000,
        tol: float | None = 1e-3,
        shuffle: bool = True,
        verbose: int = 0,
        epsilon: float = 0.1,
        random_state: Any = None,
        learning_rate: str = "invscaling",
        eta0: float = 0.01,
        power_t: float = 0.25,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 5,
        warm_start: bool = False,
        average: bool | int = False,
        like_sklearn: bool = False,
        solver: Optimizer | str | None = None,
        batch_size: int | str = 1,
        schedule: Schedule | None = None,
        quantile: float = 0.5,
        power: float = 1.5,
    ) -> None:
        super().__init__(
            loss=loss,
            penalty=penalty,
            alpha=alpha,
            l1_ratio=l1_ratio,
            fit_intercept=fit_intercept,
            max_iter=max_iter,
            tol=tol,
            shuffle=shuffle,
            verbose=verbose,
            epsilon=epsilon,
            random_state=random_state,
            learning_rate=learning_rate,
            eta0=eta0,
            power_t=power_t,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            average=average,
        )
        self.like_sklearn = like_sklearn
        self.solver = solver
        self.batch_size = batch_size
        self.schedule = schedule
        self.quantile = quantile
        self.power = power
