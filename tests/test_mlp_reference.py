"""Outputs, losses and gradients of the Rust network against plain NumPy."""

from itertools import pairwise, product

import numpy as np
import pytest
import reference
from numpy.testing import assert_allclose
from scipy import sparse

from thalweg import _core
from thalweg.neural_network._inputs import to_core

# Loss and output go together: the delta of the last layer is then output - target.
PAIRS = {
    "identity": "squared_error",
    "exp": "poisson",
    "softmax": "log_loss",
    "logistic": "log_loss",
}
# Rounding of sums over 30 rows and 8 columns, with room to spare.
TOLERANCE = {np.float32: 1e-4, np.float64: 1e-11}

networks = pytest.mark.parametrize(
    ("output", "activation", "hidden"),
    list(product(PAIRS, reference.ACTIVATIONS, [(), (6,), (5, 7)])),
)
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["f32", "f64"])


class Case:
    """A network, data that fits it, and weights."""

    def __init__(self, output, activation, hidden, dtype, n_outputs=3):
        rng = np.random.default_rng(len(hidden))
        self.units = (8, *hidden, n_outputs)
        self.activation, self.output = activation, output
        # Half of it zeros, for the sparse layout; on a grid, so that float32 holds it exactly.
        dense = rng.integers(-8, 9, (30, 8)) / 8 * (rng.random((30, 8)) < 0.5)
        self.X = dense.astype(dtype)
        self.Y = {
            "identity": lambda: rng.normal(size=(30, n_outputs)),
            "exp": lambda: rng.poisson(2.0, (30, n_outputs)),
            "softmax": lambda: np.eye(n_outputs)[rng.integers(0, n_outputs, 30)],
            "logistic": lambda: rng.integers(0, 2, (30, n_outputs)),
        }[output]().astype(dtype)
        self.weights = rng.uniform(0.5, 2, 30).astype(dtype)
        size = sum((a + 1) * b for a, b in pairwise(self.units))
        self.params = rng.uniform(-0.5, 0.5, size).astype(dtype)

    def config(self, alpha):
        return {
            "units": list(self.units),
            "activation": self.activation,
            "output": self.output,
            "loss": PAIRS[self.output],
            "alpha": alpha,
        }

    def expected(self, weights, alpha, params=None):
        double = [
            None if array is None else array.astype(np.float64)
            for array in (self.params if params is None else params, self.X, self.Y, weights)
        ]
        return reference.loss_and_gradient(
            *double, self.units, self.activation, self.output, alpha, exact=True
        )


@dtypes
@networks
def test_outputs(output, activation, hidden, dtype):
    case = Case(output, activation, hidden, dtype)
    coefs, intercepts = reference.unpack(case.params, case.units)
    expected = reference.forward(case.X.astype(np.float64), coefs, intercepts, activation, output)[
        0
    ][-1]
    for X in (case.X, to_core(sparse.csr_array(case.X), np.dtype(dtype))):
        actual = _core.mlp_forward(X, coefs, intercepts, activation, output, True)
        assert actual.dtype == dtype
        assert_allclose(actual, expected, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@dtypes
@networks
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_loss_and_gradient(output, activation, hidden, weighted, dtype):
    case = Case(output, activation, hidden, dtype)
    weights = case.weights if weighted else None
    loss, gradient = case.expected(weights, alpha=0.3)
    for X in (case.X, to_core(sparse.csr_array(case.X), np.dtype(dtype))):
        objective = _core.MlpObjective(X, case.Y, weights, case.config(0.3))
        actual_loss, actual_gradient = objective.evaluate(case.params)
        assert_allclose(actual_loss, loss, rtol=TOLERANCE[dtype])
        assert actual_gradient.dtype == dtype
        scale = np.abs(gradient).max()
        assert_allclose(actual_gradient, gradient, rtol=0, atol=TOLERANCE[dtype] * scale)


@networks
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_gradient_is_that_of_the_loss(output, activation, hidden, n_outputs):
    if activation == "relu":
        activation = "tanh"  # differences across relu's corner are no gradient
    if output == "softmax" and n_outputs == 1:
        n_outputs = 2
    case = Case(output, activation, hidden, np.float64, n_outputs)
    objective = _core.MlpObjective(case.X, case.Y, case.weights, case.config(0.3))
    gradient = objective.evaluate(case.params)[1]
    step = 1e-6
    differences = [
        (
            objective.evaluate(case.params + step * unit)[0]
            - objective.evaluate(case.params - step * unit)[0]
        )
        / (2 * step)
        for unit in np.eye(len(case.params))
    ]
    assert_allclose(gradient, differences, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [0, 100, -1])
@dtypes
def test_a_value_that_is_not_finite_is_found(value, place, dtype):
    X = np.zeros((30, 8), dtype)
    X.flat[place] = value
    coefs, intercepts = [np.ones((8, 2), dtype)], [np.zeros(2, dtype)]
    assert _core.mlp_forward(X, coefs, intercepts, "relu", "identity", True) is None
    rows = to_core(sparse.csr_array(X), np.dtype(dtype))
    assert _core.mlp_forward(rows, coefs, intercepts, "relu", "identity", True) is None
    assert _core.mlp_forward(X, coefs, intercepts, "relu", "identity", False) is not None
