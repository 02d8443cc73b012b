"""Reductions, softmax and log-sum-exp against NumPy and SciPy."""

import warnings

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from layouts import bits, dtypes, layouts, normal, seeds

from thalweg import linalg


@st.composite
def reductions(draw):
    """An array's shape and an `axis` for it."""
    shape = tuple(draw(st.lists(st.integers(0, 9), max_size=4)))
    axes = draw(st.permutations(range(len(shape)))) if shape else []
    axes = tuple(axes[: draw(st.integers(0, len(axes)))])
    axes = tuple(axis - len(shape) if draw(st.booleans()) else axis for axis in axes)
    if len(axes) == 1 and draw(st.booleans()):
        return shape, axes[0]
    return shape, draw(st.sampled_from([axes, None]))


def assert_like(result, expected, dtype):
    assert type(result) is type(expected)
    assert result.shape == expected.shape
    assert result.dtype == expected.dtype
    np.testing.assert_allclose(
        result, expected, rtol=3e-4 if dtype == np.float32 else 1e-12, atol=2e-5
    )


@given(reductions(), dtypes, layouts, st.booleans(), seeds)
def test_sum(reduction, dtype, layout, keepdims, seed):
    shape, axis = reduction
    x = normal(seed, shape, dtype)
    result = linalg.sum(layout(x), axis=axis, keepdims=keepdims)
    assert_like(result, np.sum(x, axis=axis, keepdims=keepdims), dtype)
    assert bits(result) == bits(linalg.sum(x, axis=axis, keepdims=keepdims))


@given(reductions(), dtypes, layouts, st.booleans(), seeds)
def test_mean(reduction, dtype, layout, keepdims, seed):
    shape, axis = reduction
    x = normal(seed, shape, dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        result = linalg.mean(layout(x), axis=axis, keepdims=keepdims)
        assert_like(result, np.mean(x, axis=axis, keepdims=keepdims), dtype)


def test_the_mean_of_nothing_warns():
    with pytest.warns(RuntimeWarning, match="Mean of empty slice"):
        assert np.isnan(linalg.mean([]))


def test_long_sums():
    x = normal(0, 1_000_003, "f")
    for ours, numpys in [
        (linalg.sum, np.sum),
        (linalg.mean, np.mean),
        (linalg.norm, np.linalg.norm),
    ]:
        np.testing.assert_allclose(ours(x), numpys(x.astype("d")), rtol=1e-4)
    columns = x[:1_000_000].reshape(-1, 4)
    np.testing.assert_allclose(linalg.sum(columns, axis=0), columns.sum(0, dtype="d"), atol=0.05)


NORMS = [
    ((7,), None, None),
    ((7,), 1, None),
    ((7,), 2, None),
    ((7,), np.inf, None),
    ((3, 4, 5), None, None),
    ((3, 4), "fro", None),
    ((3, 4), 1, None),
    ((3, 4), np.inf, None),
    ((3, 4, 5), None, 1),
    ((3, 4, 5), 1, -1),
    ((3, 4, 5), np.inf, 0),
    ((3, 4, 5), None, (0, 2)),
    ((3, 4, 5), "fro", (2, 0)),
    ((3, 4, 5), 1, (2, 0)),
    ((3, 4, 5), 1, (0, 2)),
    ((3, 4, 5), np.inf, (0, 2)),
    ((3, 4, 5), np.inf, (2, 1)),
    ((), None, None),
    ((0,), None, None),
    ((0,), 1, None),
    ((0, 3), None, 0),
]


@pytest.mark.parametrize(("shape", "order", "axis"), NORMS)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norm(shape, order, axis, keepdims, dtype):
    x = normal(3, shape, dtype)
    expected = np.linalg.norm(x, ord=order, axis=axis, keepdims=keepdims)
    assert_like(
        linalg.norm(x, ord=order, axis=axis, keepdims=keepdims), np.asarray(expected)[()], dtype
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_norm_overflows_no_earlier_than_it_must(dtype):
    large = np.finfo(dtype).max / 4
    assert linalg.norm(np.full(4, large, dtype)) == 2 * large
    tiny = np.finfo(dtype).tiny
    assert linalg.norm(np.full(4, tiny, dtype)) == 2 * tiny


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((3,), {"ord": 3}, "`ord` must be None, 1, 2 or inf for vectors, got 3"),
        ((3,), {"ord": "fro"}, "`ord` must be None, 1, 2 or inf for vectors, got 'fro'"),
        ((3, 3), {"ord": 2}, "`ord` must be None, 'fro', 1 or inf for matrices, got 2"),
        ((3, 3), {"ord": "nuc"}, "`ord` must be None, 'fro', 1 or inf for matrices, got 'nuc'"),
        ((3, 3, 3), {"ord": 1}, r"`axis` must name one axis or two, got 3 \(x of shape"),
        ((3, 3), {"axis": 2}, "axis 2 is out of bounds for array of dimension 2"),
        ((3, 3), {"axis": (0, 0)}, "repeated axis"),
    ],
)
def test_norms_that_there_are_not(shape, options, message):
    with pytest.raises(ValueError, match=message):
        linalg.norm(np.ones(shape), **options)


@given(reductions(), dtypes, layouts, seeds)
def test_softmax(reduction, dtype, layout, seed):
    shape, axis = reduction
    x = normal(seed, shape, dtype)
    reduced = range(x.ndim) if axis is None else np.atleast_1d(axis).astype(int)
    if 0 in [x.shape[i] for i in reduced]:
        with pytest.raises(ValueError, match="`x` must have elements along `axis`, got shape"):
            linalg.softmax(layout(x), axis=axis)
        return
    result = linalg.softmax(layout(x), axis=axis)
    expected = scipy.special.softmax(x, axis=axis)
    assert_like(result, np.asarray(expected)[()], dtype)
    assert bits(result) == bits(linalg.softmax(x, axis=axis))
    assert bits(x) == bits(normal(seed, shape, dtype))


@given(reductions(), dtypes, layouts, st.booleans(), seeds)
def test_logsumexp(reduction, dtype, layout, keepdims, seed):
    shape, axis = reduction
    x = normal(seed, shape, dtype)
    result = linalg.logsumexp(layout(x), axis=axis, keepdims=keepdims)
    with np.errstate(divide="ignore"):
        expected = np.log(np.sum(np.exp(x), axis=axis, keepdims=keepdims))
    assert_like(result, expected, dtype)
    assert bits(result) == bits(linalg.logsumexp(x, axis=axis, keepdims=keepdims))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_rows(dtype):
    rows = np.array(
        [
            [1000] * 3,
            [-1e9, 0, 1e9],
            [np.inf, 0, 1],
            [-np.inf, 0, 1],
            [-np.inf] * 3,
            [np.nan, 0, 1],
        ],
        dtype,
    )
    with np.errstate(all="ignore"):
        softmax = scipy.special.softmax(rows, axis=1)
        logsumexp = scipy.special.logsumexp(rows, axis=1)
    np.testing.assert_allclose(linalg.softmax(rows, axis=1), softmax, rtol=1e-6)
    np.testing.assert_allclose(linalg.logsumexp(rows, axis=1), logsumexp, rtol=1e-6)


@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1), (2, 0)])
def test_gradients_are_those_of_differences(axis):
    x, step = normal(5, (3, 4, 2), np.float64), 1e-6
    grad = normal(6, x.shape, np.float64)
    reduced_grad = normal(7, np.shape(linalg.logsumexp(x, axis=axis)), np.float64)
    by_softmax = linalg.softmax_gradient(linalg.softmax(x, axis=axis), grad, axis=axis)
    by_logsumexp = linalg.logsumexp_gradient(x, reduced_grad, axis=axis)
    for i in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[i] += step
        down[i] -= step
        for function, g, result in [
            (linalg.softmax, grad, by_softmax),
            (linalg.logsumexp, reduced_grad, by_logsumexp),
        ]:
            slope = np.sum(g * (function(up, axis=axis) - function(down, axis=axis))) / (2 * step)
            np.testing.assert_allclose(result[i], slope, rtol=1e-5, atol=1e-8)


def test_logsumexp_gradient_takes_both_shapes_of_grad():
    x, grad = normal(1, (3, 4), "d"), normal(2, 3, "d")
    flat = linalg.logsumexp_gradient(x, grad, axis=1)
    assert bits(flat) == bits(linalg.logsumexp_gradient(x, grad[:, None], axis=1))
    with pytest.raises(
        ValueError, match=r"`grad` must have shape \(3,\) or \(3, 1\), got shape \(4,\)"
    ):
        linalg.logsumexp_gradient(x, np.ones(4), axis=1)
    with pytest.raises(ValueError, match="`grad` must have the shape of `output`"):
        linalg.softmax_gradient(x, grad, axis=1)


@pytest.mark.parametrize("function", [linalg.sum, linalg.mean, linalg.softmax, linalg.logsumexp])
def test_axes_are_checked(function):
    with pytest.raises(ValueError, match="axis 2 is out of bounds for array of dimension 2"):
        function(np.ones((2, 2)), axis=2)
    with pytest.raises(ValueError, match="repeated axis"):
        function(np.ones((2, 2)), axis=(0, -2))
    with pytest.raises(TypeError):
        function(np.ones((2, 2)), axis=0.5)
