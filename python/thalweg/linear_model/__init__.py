"""Linear models with scikit-learn's interface, trained by gradient descent in Rust.

How a fit by single samples flows through the files, top to bottom::

    sgd_classifier.py, sgd_regressor.py,      what the user sees; scikit-learn's classes, and so
    sgd_one_class.py, perceptron.py,          its checks, messages and tags
    passive_aggressive.py
    _serial.py                                what replaces scikit-learn's inner loop
    _training.py                              seeds, layout and configuration; one Rust call
    _printer.py                               progress on standard output
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
