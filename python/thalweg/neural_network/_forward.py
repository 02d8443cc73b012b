"""Prediction: X -> outputs of the last layer, in one Rust call."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted, validate_data

from thalweg._core import mlp_forward
from thalweg.neural_network._inputs import check_precision, to_core

# Bits of ndarray.flags.num: C-contiguous and aligned.
_READY = 0x0001 | 0x0100


def forward(estimator: Any, X: Any) -> NDArray[Any]:
    """Run the network on X.

    An array that is already right goes straight to Rust, which also looks for NaN and infinity on
    its way; everything else, and every error, takes scikit-learn's validation.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Fitted.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The input.

    Returns
    -------
    outputs : ndarray of shape (n_samples, n_outputs)
        Activations of the last layer; a new array.
    """
    fitted = estimator.__dict__
    # Frames carry names to compare, and so does every model that was fitted on one.
    if type(X) is np.ndarray and "coefs_" in fitted and "feature_names_in_" not in fitted:
        first = fitted["coefs_"][0]
        if (
            X.ndim == 2
            and X.shape[0]
            and X.shape[1] == first.shape[0]
            and X.dtype == first.dtype
            and X.flags.num & _READY == _READY
        ):
            try:
                outputs = mlp_forward(
                    X,
                    fitted["coefs_"],
                    fitted["intercepts_"],
                    estimator.activation,
                    fitted["out_activation_"],
                    True,
                    estimator.precision,
                )
            except (TypeError, ValueError):
                # Weights set by hand in another layout, or `precision` set afterwards.
                outputs = None
            if outputs is not None:
                return outputs
    return _checked_forward(estimator, X)


def _checked_forward(estimator: Any, X: Any) -> NDArray[Any]:
    """Run the network on X after every check, in the dtype that NumPy would choose."""
    check_is_fitted(estimator)
    check_precision(estimator, X)
    X = validate_data(estimator, X, accept_sparse=["csr", "csc"], reset=False)
    common = np.result_type(X.dtype, *estimator.coefs_, *estimator.intercepts_)
    single = common == np.float32 or estimator.precision is not None
    dtype = np.dtype(np.float32 if single else np.float64)
    outputs = mlp_forward(
        to_core(X, dtype),
        [np.require(coef, dtype, ["C", "A"]) for coef in estimator.coefs_],
        [np.require(intercept, dtype, ["C", "A"]) for intercept in estimator.intercepts_],
        estimator.activation,
        estimator.out_activation_,
        False,  # validate_data has looked, unless the user has told it not to
        estimator.precision,
    )
    assert outputs is not None  # only a failed finite check gives None
    return outputs
