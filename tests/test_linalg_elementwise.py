"""Functions of one number against NumPy and SciPy, and their gradients against differences."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from layouts import bits, dtypes, layouts, normal, seeds

from thalweg import linalg

EXPECTED = {
    linalg.exp: np.exp,
    linalg.log: np.log,
    linalg.tanh: np.tanh,
    linalg.sigmoid: scipy.special.expit,
    linalg.relu: lambda x: np.maximum(x, 0),
}
# Gradient, the function, and whether it is written by the function's output (or else by its input).
GRADIENTS = [
    (linalg.exp_gradient, linalg.exp, True),
    (linalg.log_gradient, linalg.log, False),
    (linalg.tanh_gradient, linalg.tanh, True),
    (linalg.sigmoid_gradient, linalg.sigmoid, True),
    (linalg.relu_gradient, linalg.relu, True),
]
functions = pytest.mark.parametrize("function", EXPECTED, ids=lambda f: f.__name__)
gradients = pytest.mark.parametrize(("gradient", "function", "by_output"), GRADIENTS)
shapes = st.lists(st.integers(0, 9), max_size=4)


@functions
@given(shapes, dtypes, layouts, seeds)
def test_any_shape_and_layout(function, shape, dtype, layout, seed):
    x = normal(seed, shape, dtype)
    result = function(layout(x))
    with np.errstate(invalid="ignore"):
        expected = EXPECTED[function](x)
    assert type(result) is type(expected)
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(result, expected, rtol=8 * np.finfo(dtype).eps, atol=0)
    assert bits(result) == bits(function(x))


@functions
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_values(function, dtype):
    info = np.finfo(dtype)
    x = np.array(
        [0.0, -0.0, np.inf, -np.inf, np.nan, info.max, info.min, info.tiny, -info.tiny,
         info.smallest_subnormal],
        dtype,
    )  # fmt: skip
    with np.errstate(all="ignore"):
        expected = EXPECTED[function](x)
    np.testing.assert_allclose(function(x), expected, rtol=1e-6, atol=0)


@functions
def test_memory_order_is_kept(function):
    assert function(np.ones((3, 4), order="F")).flags.f_contiguous
    assert function(np.ones((3, 4))).flags.c_contiguous


@gradients
@given(st.lists(st.integers(1, 5), max_size=3), dtypes, layouts, layouts, seeds)
def test_gradients_in_any_layout(gradient, function, by_output, shape, dtype, one, two, seed):
    x = np.abs(normal(seed, shape, dtype)) + dtype(0.1)
    grad = normal(seed + 1, shape, dtype)
    at = function(x) if by_output else x
    result = gradient(one(np.asarray(at)), two(grad))
    assert result.dtype == dtype
    assert result.shape == x.shape
    assert bits(result) == bits(gradient(at, grad))


@gradients
def test_gradients_are_those_of_differences(gradient, function, by_output):
    x = np.linspace(0.1, 3, 50) - (1 if function is not linalg.log else 0)
    step = 1e-6
    slope = (function(x + step) - function(x - step)) / (2 * step)
    at = function(x) if by_output else x
    np.testing.assert_allclose(gradient(at, np.full(50, 2.0)), 2 * slope, rtol=1e-6, atol=1e-8)


def test_relu_gradient_at_the_kink():
    np.testing.assert_array_equal(
        linalg.relu_gradient([0.0, -0.0, 1.0], [5.0, 5.0, 5.0]), [0, 0, 5]
    )


@gradients
def test_gradients_check_shapes(gradient, function, by_output):
    first = "output" if by_output else "x"
    with pytest.raises(ValueError, match=rf"`grad` must have the shape of `{first}`, \(3,\), got"):
        gradient(np.ones(3), np.ones((3, 1)))


@functions
def test_in_place(function):
    x = np.linspace(0.5, 3, 20)
    expected = function(x)
    assert function(x, out=x) is x
    assert bits(x) == bits(expected)


@gradients
def test_gradients_in_place(gradient, function, by_output):
    a, grad = np.linspace(0.1, 0.9, 20), np.linspace(-1, 1, 20)
    expected = gradient(a, grad)
    for which in range(2):
        arrays = [a.copy(), grad.copy()]
        assert gradient(*arrays, out=arrays[which]) is arrays[which]
        assert bits(arrays[which]) == bits(expected)
