"""The network, its gradient and the optimizers in plain NumPy: what the Rust code is held against.

Shapes: n rows, units[l] the width of layer l. Weights are packed as in scikit-learn: every
matrix (units[l], units[l + 1]) in layer order, then every intercept.
"""

from itertools import pairwise

import numpy as np
from scipy.special import expit, log_softmax, softmax, xlogy

ACTIVATIONS = {
    "identity": lambda z: z,
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}
# In terms of the activation itself.
DERIVATIVES = {
    "identity": lambda a: np.ones_like(a),
    "logistic": lambda a: a * (1 - a),
    "tanh": lambda a: 1 - a * a,
    "relu": lambda a: (a > 0).astype(a.dtype),
}
OUTPUTS = {
    "identity": lambda z: z,
    "logistic": expit,
    "softmax": lambda z: softmax(z, axis=1),
    "exp": np.exp,
}


def unpack(packed, units):
    """Return coefs and intercepts as views of a packed vector."""
    shapes = [*pairwise(units), *((width,) for width in units[1:])]
    stops = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    parts = [
        part.reshape(shape) for part, shape in zip(np.split(packed, stops), shapes, strict=True)
    ]
    return parts[: len(units) - 1], parts[len(units) - 1 :]


def forward(X, coefs, intercepts, activation, output):
    """Return the activations of every layer, X included."""
    layers = [X]
    for coef, intercept in zip(coefs, intercepts, strict=True):
        z = layers[-1] @ coef + intercept
        layers.append((ACTIVATIONS[activation] if len(layers) < len(coefs) else OUTPUTS[output])(z))
    return layers, z


def mean_loss(Y, z, output, weights):
    """Return the weighted mean loss of the last layer's z: (n, n_outputs)."""
    per_row = {
        "identity": lambda: 0.5 * ((Y - z) ** 2).mean(axis=1),
        "exp": lambda: (xlogy(Y, Y) - Y * z - Y + np.exp(z)).sum(axis=1),
        "softmax": lambda: -(Y * log_softmax(z, axis=1)).sum(axis=1),
        "logistic": lambda: (np.logaddexp(0, z) - Y * z).sum(axis=1),
    }[output]()
    return np.average(per_row, weights=weights)


def loss_and_gradient(packed, X, Y, weights, units, activation, output, alpha, exact=False):
    """Return loss and gradient.

    Squared errors of several outputs have a loss that is a mean over them and, in scikit-learn's
    SGD and Adam, a gradient that is a sum; ``exact`` takes the mean in both.
    """
    coefs, intercepts = unpack(packed, units)
    layers, z = forward(X, coefs, intercepts, activation, output)
    weights = np.ones(len(X)) if weights is None else weights
    total = weights.sum()
    penalty = 0.5 * alpha * sum((coef**2).sum() for coef in coefs) / total
    delta = (layers[-1] - Y) * weights[:, None]
    if exact and output == "identity":
        delta /= Y.shape[1]
    coef_grads, intercept_grads = [], []
    for layer in reversed(range(len(coefs))):
        coef_grads.insert(0, (layers[layer].T @ delta + alpha * coefs[layer]) / total)
        intercept_grads.insert(0, delta.sum(axis=0) / total)
        if layer:
            delta = (delta @ coefs[layer].T) * DERIVATIVES[activation](layers[layer])
    gradient = np.concatenate([part.ravel() for part in coef_grads + intercept_grads])
    return mean_loss(Y, z, output, weights) + penalty, gradient
