"""Linear models with scikit-learn's interface, trained by gradient descent in Rust.

How a fit by single samples flows through the files, top to bottom::

    sgd_classifier.py, sgd_regressor.py,      what the user sees; scikit-learn's classes, and so
    sgd_one_class.py, perceptron.py,          its checks, messages and tags
    passive_aggressive.py
    _serial.py                                what replaces scikit-learn's inner loop
    _training.py                              seeds, layout and configuration; one Rust call
    _printer.py                               progress on standard output

What goes beyond scikit-learn stands before that, in mixins of the SGD estimators::

    _beyond.py, _beyond_classifier.py,        which way a fit goes; rows to validate on
    _beyond_regressor.py
    _grow.py                                  classes that partial_fit has not met
    _batch_fit.py                             checked data, start, fitted attributes
    _batch_config.py, _batches.py             configuration, and one Rust call: the network's
                                              trainer, with a network of a single layer

And one by SAG, SAGA, L-BFGS and FISTA::

    _logistic.py                              scikit-learn's fit with our solvers in it (_rebind.py)
    _ridge.py, _linear_regression.py          checks -> _least_squares.py
    _elastic_net.py                           checks -> _fista.py
    _centred.py                               least squares as a function of the weights alone
    _sag.py, _lbfgs.py                        one Rust call, or one per evaluation
"""

from thalweg.linear_model._elastic_net import ElasticNet, Lasso
from thalweg.linear_model._linear_regression import LinearRegression
from thalweg.linear_model._logistic import LogisticRegression
from thalweg.linear_model._ridge import Ridge
from thalweg.linear_model.passive_aggressive import (
    PassiveAggressiveClassifier,
    PassiveAggressiveRegressor,
)
from thalweg.linear_model.perceptron import Perceptron
from thalweg.linear_model.sgd_classifier import SGDClassifier
from thalweg.linear_model.sgd_one_class import SGDOneClassSVM
from thalweg.linear_model.sgd_regressor import SGDRegressor

__all__ = [
    "ElasticNet",
    "Lasso",
    "LinearRegression",
    "LogisticRegression",
    "PassiveAggressiveClassifier",
    "PassiveAggressiveRegressor",
    "Perceptron",
    "Ridge",
    "SGDClassifier",
    "SGDOneClassSVM",
    "SGDRegressor",
]
