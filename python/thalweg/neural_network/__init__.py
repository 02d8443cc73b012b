"""Multi-layer perceptrons with scikit-learn's interface.

How a fit flows through the files, top to bottom::

    classifier.py, regressor.py   what the user sees; targets checked and encoded
    _labels.py                    labels <-> indicator columns
    base.py                       one fit, stage by stage
    _refusal.py                   a refused call leaves no trace
    _inputs.py                    checks; X, y and weights in the layout that Rust reads
    _weights.py                   initial weights; packed vector <-> coefs_ and intercepts_
    _config.py                    parameters -> the dict that Rust reads
    _stochastic.py | _lbfgs.py    the training: one Rust call, or one per evaluation
    _outcome.py                   what a training hands back: fitted attributes, warning, error
    _forward.py                   prediction, with a fast path
"""

from thalweg.neural_network.classifier import MLPClassifier
from thalweg.neural_network.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
