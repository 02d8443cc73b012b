"""The regressor: numbers, or counts, from the last layer as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from thalweg.gradients import GradientTransform
from thalweg.neural_network._forward import forward
from thalweg.neural_network._inputs import accepted_dtypes
from thalweg.neural_network._rows import validate
from thalweg.neural_network.base import BaseMLP
from thalweg.optimizers import Optimizer
from thalweg.schedules import Schedule


class MLPRegressor(RegressorMixin, BaseMLP):
    r"""Multi-layer perceptron that predicts numbers.

    With :math:`W_l, b_l` the weights of layer :math:`l`, :math:`\sigma` the activation,
    :math:`n` the rows of a batch and :math:`K` the number of targets, it minimizes

    .. math::

        h_0 = x, \quad h_l = \sigma(h_{l-1} W_l + b_l), \quad
        \hat y = h_{L-1} W_L + b_L, \qquad
        \frac{1}{2nK} \sum_i \|\hat y_i - y_i\|^2
        + \frac{\alpha}{2n} \sum_l \|W_l\|^2

    or, with ``loss='poisson'``, :math:`\hat y = \exp(h_{L-1} W_L + b_L)` and the mean of
    :math:`y \log(y / \hat y) - y + \hat y` in place of the squares. The steps of 'sgd', 'adam' and
    the optimizers follow scikit-learn's gradient, which for several targets is that of the sum
    over targets (:math:`1/2n`); 'lbfgs' takes the exact gradient of the loss above.

    Parameters, attributes, warnings and, for the same `random_state`, the fitted weights are those
    of :class:`sklearn.neural_network.MLPRegressor`; the training runs in Rust.

    Parameters
    ----------
    loss : {'squared_error', 'poisson'}, default='squared_error'
        What is minimized. 'poisson', for counts and rates, is half the Poisson deviance with a
        log link; it refuses negative targets.

    hidden_layer_sizes : int or array-like of int, default=(100,)
        Width of each hidden layer. An empty tuple leaves a linear model.

    activation : {'identity', 'logistic', 'tanh', 'relu'}, default='relu'
        Non-linearity of the hidden layers: :math:`z`, :math:`1 / (1 + e^{-z})`,
        :math:`\tanh z` or :math:`\max(0, z)`.

    solver : {'lbfgs', 'sgd', 'adam'} or Optimizer, default='adam'
        How the weights are found. 'sgd' and 'adam' step after each mini-batch; 'lbfgs' is a
        quasi-Newton method on the whole of the data, often the better choice for a few hundred
        rows. An object of :mod:`thalweg.optimizers` brings its own parameters, which a search
        reaches as ``solver__lr``, and leaves those marked "only 'sgd'" and "only 'adam'" unused.
        Of those that average the weights, such as ScheduleFreeAdamW and EMA, the model has the
        average, with which it is scored too; the loss is that of the weights they move. Refused is
        SparseAdam, whose gradients come by rows.

    alpha : float, default=0.0001
        Strength of the L2 penalty on the weights, not on the intercepts; it is divided by the
        rows (or the sum of the sample weights) of the batch.

    batch_size : int or 'auto', default='auto'
        Rows per step; 'auto' is 200, or all of them where there are fewer. Not for 'lbfgs'.

    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        Schedule of the rate :math:`\eta`, honoured by every solver but 'lbfgs', which has no rate:

        - 'constant' keeps :math:`\eta_0`;
        - 'invscaling' sets :math:`\eta_0 / (n + 1)^{\mathrm{power\_t}}` after each epoch, with
          :math:`n` the number of samples seen;
        - 'adaptive' divides the rate by 5 where training would otherwise stop (see
          `n_iter_no_change`), and stops once it is 1e-6 or less.

    learning_rate_init : float, default=0.001
        The rate :math:`\eta_0` to begin with. Only 'sgd' and 'adam'.

    power_t : float, default=0.5
        Exponent of 'invscaling'.

    max_iter : int, default=200
        Most epochs, or iterations of 'lbfgs'. Reaching it is a ConvergenceWarning.

    shuffle : bool, default=True
        Visit the rows in a new order each epoch. Not for 'lbfgs'.

    random_state : int, RandomState instance or None, default=None
        Source of the initial weights, the validation split and the order of rows. The same
        value gives scikit-learn's model, up to rounding.

    tol : float, default=1e-4
        Least improvement of the loss (of the score with `early_stopping`) that counts; for
        'lbfgs' the gradient at which to stop.

    verbose : bool or int, default=False
        Print the loss after each epoch.

    warm_start : bool, default=False
        Let `fit` go on from the weights of the fit before. The network must stay the same.

    momentum : float, default=0.9
        Share of the velocity that survives a step. Only 'sgd'.

    nesterovs_momentum : bool, default=True
        Look ahead along the velocity. Only 'sgd', and `momentum` > 0.

    early_stopping : bool, default=False
        Set rows aside, score them after each epoch, stop when the score no longer improves, and
        keep the weights of the best epoch. Refused with 'lbfgs' and by `partial_fit`.

    validation_fraction : float, default=0.1
        Share of the rows that `early_stopping` sets aside.

    beta_1 : float, default=0.9
        Decay of the running mean of the gradient. Only 'adam'.

    beta_2 : float, default=0.999
        Decay of the running mean of its square. Only 'adam'.

    epsilon : float, default=1e-8
        Added to the root in the denominator. Only 'adam'.

    n_iter_no_change : int or np.inf, default=10
        Epochs without an improvement by `tol` that are borne; one more ends the training. Not
        for 'lbfgs'.

    max_fun : int, default=15000
        Most evaluations of the loss. Only 'lbfgs'.

    schedule : Schedule or None, default=None
        An object of :mod:`thalweg.schedules` in the place of `learning_rate`, which must be
        'constant' then. It starts from the optimizer's own rate. Not for 'lbfgs', nor are the next
        six.

    gradient_transforms : list of GradientTransform or None, default=None
        Objects of :mod:`thalweg.gradients`: what is done to the gradient of each mini-batch, in
        this order, before the optimizer sees it. The penalty `alpha` comes afterwards.

    clip_norm : float or None, default=None
        Bound on the norm of the whole gradient, as :class:`thalweg.gradients.ClipNorm`. It comes
        after accumulation and the look for infinity and NaN, and before all other transforms.

    clip_value : float or None, default=None
        Bound on each element of the gradient, as :class:`thalweg.gradients.ClipValue`; just
        before `clip_norm`.

    weight_decay_biases : bool, default=True
        Let the `weight_decay` of an optimizer, and penalties among the transforms, apply to the
        intercepts too, as PyTorch does. The penalty `alpha` never does.

    keep_optimizer_state : bool, default=False
        Under `warm_start`, let `fit` go on with the optimizer, the transforms and the time of the
        schedule that the fit before has left, to the same bits. `partial_fit` always does. With
        early stopping all of them go back to the best epoch along with the weights, so that the
        next fit goes on as if training had stopped there; `t_`, `n_iter_` and the curves count
        on. Where you have set other weights, the copies of weights that an optimizer keeps
        (averages, the slow weights of `Lookahead`) begin anew at them and its moments stay; one
        whose steps lead from where the run began (`DoG`, `DoWG`, `Prodigy`, D-Adaptation but for
        `DAdaptAdam`, `MADGRAD`, `COCOB`) begins anew as a whole.

    precision : {'bfloat16'} or None, default=None
        What the factors of the network's matrix products are rounded to. None: nothing. With
        'bfloat16' they keep 8 of their 24 bits and are summed in float32; weights, gradients and
        the optimizer's state are float32, and X is taken as float32. On a CPU with AMX, or on AMD's
        with AVX512-BF16, large networks train a good deal faster so; elsewhere the model is the
        same to the bit, and slower. Predictions are made alike. Not for sparse X.

    Attributes
    ----------
    coefs_ : list of ndarrays of shape (fan_in, fan_out)
        Weights of each layer, float32 or float64 as X was.

    intercepts_ : list of ndarrays of shape (fan_out,)
        Intercepts of each layer.

    loss_ : float
        Loss of the last epoch, or at the solution of 'lbfgs'.

    loss_curve_ : list of float
        Loss of each epoch. Not for 'lbfgs', nor are the next four.

    best_loss_ : float or None
        Lowest loss of an epoch; None with `early_stopping`.

    validation_scores_ : list of float, or None
        Coefficient of determination on the rows set aside, per epoch, with `early_stopping`.

    validation_loss_curve_ : list of float, or None
        Loss on the rows set aside, without the penalty, per epoch, with `early_stopping`.

    best_validation_score_ : float or None
        Highest of the validation scores.

    n_iter_ : int
        Epochs, or iterations of 'lbfgs', of the last call.

    t_ : int
        Samples seen over all epochs.

    n_features_in_ : int
        Features of X.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, where X had names that are all strings.

    n_layers_ : int
        Layers, input and output included.

    n_outputs_ : int
        Width of the last layer.

    out_activation_ : str
        Activation of the last layer: 'identity' or 'exp'.

    See Also
    --------
    MLPClassifier : The same network for labels.
    thalweg.optimizers : What `solver` takes besides names.
    thalweg.schedules : What `schedule` takes.
    thalweg.gradients : What `gradient_transforms` takes.

    References
    ----------
    .. [1] G. E. Hinton, "Connectionist learning procedures", Artificial Intelligence, 1989.
    .. [2] X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward neural
       networks", AISTATS 2010.
    .. [3] D. P. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", 2014,
       https://arxiv.org/abs/1412.6980

    Examples
    --------
    >>> from sklearn.datasets import make_regression
    >>> from sklearn.model_selection import train_test_split
    >>> from thalweg import MLPRegressor
    >>> X, y = make_regression(n_samples=200, n_features=20, random_state=1)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1)
    >>> model = MLPRegressor(random_state=1, max_iter=2000, tol=0.1).fit(X_train, y_train)
    >>> model.predict(X_test[:2]).round()
    array([  29., -291.])
    >>> model.score(X_test, y_test) > 0.97
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions({"squared_error", "poisson"})],
    }

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        solver: str | Optimizer = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        schedule: Schedule | None = None,
        gradient_transforms: Sequence[GradientTransform] | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        weight_decay_biases: bool = True,
        keep_optimizer_state: bool = False,
        precision: str | None = None,
    ) -> None:
        self._store(locals())

    @available_if(lambda estimator: estimator._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one epoch on X and y, from where the last call left off.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each sample counts; not negative, and not all zero.

        Returns
        -------
        self : object
            The estimator.

        Raises
        ------
        ValueError
            If a parameter or the data is refused, in which case the estimator stays as it was;
            or if the weights diverge, in which case those before the call are kept.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict targets.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The input.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The predictions.
        """
        return forward(self, X, "values")

    def _validate_input(
        self, X: Any, y: Any, incremental: bool, reset: bool, classes: Any
    ) -> tuple[Any, NDArray[Any]]:
        """Check X and y; there is nothing to encode."""
        dtype = accepted_dtypes(self)
        X, y = validate(self, X, y, reset=reset, multi_output=True, y_numeric=True, dtype=dtype)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return X, y

    def _output_activation(self) -> str:
        """Return the inverse of the link that goes with the loss."""
        return "exp" if self.loss == "poisson" else "identity"
