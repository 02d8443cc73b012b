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
"""

from thalweg.linear_model.passive_aggressive import (
    PassiveAggressiveClassifier,
    PassiveAggressiveRegressor,
)
from thalweg.linear_model.perceptron import Perceptron
from thalweg.linear_model.sgd_classifier import SGDClassifier
from thalweg.linear_model.sgd_one_class import SGDOneClassSVM
from thalweg.linear_model.sgd_regressor import SGDRegressor

__all__ = [
    "PassiveAggressiveClassifier",
    "PassiveAggressiveRegressor",
    "Perceptron",
    "SGDClassifier",
    "SGDOneClassSVM",
    "SGDRegressor",
]
