"""Matrix products against NumPy's, in shape, type and value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import bits, dtypes, layouts, normal, seeds, sides

from thalweg import linalg


def assert_product(result, expected, a, b, inner):
    """Compare with the error that a sum of so many products may have."""
    assert type(result) is type(expected)
    assert np.shape(result) == np.shape(expected)
    assert result.dtype == expected.dtype
    magnitude = np.max(np.abs(a), initial=0) * np.max(np.abs(b), initial=0)
    tolerance = 4 * np.finfo(expected.dtype).eps * max(inner, 1) * magnitude
    np.testing.assert_allclose(result, expected, rtol=0, atol=tolerance)


@given(sides, sides, sides, dtypes, layouts, layouts, seeds)
def test_matmul_of_matrices_in_any_layout(m, k, n, dtype, layout_a, layout_b, seed):
    a, b = normal(seed, (m, k), dtype), normal(seed + 1, (k, n), dtype)
    result = linalg.matmul(layout_a(a), layout_b(b))
    assert_product(result, a @ b, a, b, k)
    assert bits(result) == bits(linalg.matmul(a, b))


@given(sides, sides, dtypes, layouts, layouts, seeds)
def test_products_with_vectors_in_any_layout(m, k, dtype, layout_a, layout_x, seed):
    a, x, y = normal(seed, (m, k), dtype), normal(seed, k, dtype), normal(seed, m, dtype)
    assert_product(linalg.matmul(layout_a(a), layout_x(x)), a @ x, a, x, k)
    assert_product(linalg.matmul(layout_x(y), layout_a(a)), y @ a, y, a, m)
    assert_product(linalg.matmul(layout_x(x), layout_a(a.T)), x @ a.T, x, a, k)
    assert_product(linalg.dot(layout_x(x), layout_x(x)), x @ x, x, x, k)
    assert bits(linalg.matvec(layout_a(a), layout_x(x))) == bits(linalg.matvec(a, x))
    assert bits(linalg.dot(layout_x(x), x)) == bits(linalg.dot(x, x))


STACKS = [
    ((2, 3, 4, 5), (3, 5, 6)),
    ((2, 1, 4, 5), (3, 5, 6)),
    ((7, 4, 5), (5, 2)),
    ((4, 5), (7, 5, 2)),
    ((2, 4, 5), (5,)),
    ((5,), (2, 3, 5, 6)),
    ((5,), (5,)),
    ((0, 4, 5), (5, 2)),
    ((3, 0, 5), (3, 5, 2)),
    ((3, 4, 0), (3, 0, 2)),
    ((3, 4, 0), (0,)),
    ((0, 5), (5, 0)),
    ((1, 4, 5), (0, 5, 2)),
]


@pytest.mark.parametrize(("left", "right"), STACKS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_matmul_of_stacks(left, right, dtype):
    a, b = normal(1, left, dtype), normal(2, right, dtype)
    assert_product(linalg.matmul(a, b), np.matmul(a, b), a, b, left[-1])


@pytest.mark.parametrize(
    ("left", "right"),
    [((2, 3, 4), (5, 4, 6)), ((3, 4), (5, 4, 6)), ((2, 3, 4), (4,)), ((4,), (5, 4, 6)),
     ((), (2, 3)), ((2, 3), ()), ((), ()), ((4,), (4,)), ((2, 3), (3, 2)), ((2, 0), (5, 0, 3)),
     ((0, 4), (4,))],
)  # fmt: skip
def test_dot(left, right):
    a, b = normal(1, left, np.float64), normal(2, right, np.float64)
    assert_product(linalg.dot(a, b), np.dot(a, b), a, b, 4)


@pytest.mark.parametrize(
    ("left", "right"),
    [((3, 4), (4,)), ((2, 3, 4), (4,)), ((3, 4), (2, 4)), ((5, 1, 3, 4), (2, 4)), ((0, 3, 4), (4,)),
     ((3, 0), (0,)), ((0, 4), (4,))],
)  # fmt: skip
def test_matvec(left, right):
    a, x = normal(1, left, np.float64), normal(2, right, np.float64)
    expected = (a @ x[..., None])[..., 0]
    assert_product(linalg.matvec(a, x), expected, a, x, left[-1])


def test_a_stack_has_the_bits_of_its_matrices():
    a, b, x = normal(1, (5, 33, 70), "f"), normal(2, (5, 70, 29), "f"), normal(3, (5, 70), "f")
    products, vectors = linalg.matmul(a, b), linalg.matvec(a, x)
    for i in range(5):
        assert bits(products[i]) == bits(linalg.matmul(a[i], b[i]))
        assert bits(vectors[i]) == bits(linalg.matvec(a[i], x[i]))
    tall = linalg.matmul(a, b[0])
    assert bits(tall[3]) == bits(linalg.matmul(a[3], b[0]))


def test_transposes_are_not_copied():
    a = normal(1, (1500, 1500), "f")
    linalg.matmul(a.T, a.T)  # the kernel's own buffers are there
    import tracemalloc

    out = np.empty_like(a)
    tracemalloc.start()
    try:
        linalg.matmul(a.T, a.T, out=out)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(out, a.T @ a.T, atol=1e-3)


@given(sides, sides, dtypes, layouts, layouts, seeds)
def test_outer(m, n, dtype, layout_a, layout_b, seed):
    a, b = normal(seed, m, dtype), normal(seed + 1, n, dtype)
    assert bits(linalg.outer(layout_a(a), layout_b(b))) == bits(np.outer(a, b))


def test_outer_flattens():
    assert linalg.outer(np.ones((2, 3)), 2.0).shape == (6, 1)


@given(st.lists(sides.filter(lambda n: n < 9), max_size=3), dtypes, layouts, layouts, seeds)
def test_axpy(shape, dtype, layout_x, layout_y, seed):
    x, y = normal(seed, shape, dtype), normal(seed + 1, shape, dtype)
    result = linalg.axpy(1.7, layout_x(x), layout_y(y))
    np.testing.assert_allclose(result, dtype(1.7) * x + y, rtol=1e-5, atol=1e-6)
    assert bits(result) == bits(linalg.axpy(1.7, x, y))


def test_axpy_rounds_once():
    exact = 1 + 2.0**-52  # its square needs more than 53 bits
    assert linalg.axpy(exact, [exact], [-1.0])[0] == 2.0**-51 + 2.0**-104


def test_axpy_in_place():
    x, y = np.arange(4.0), np.ones(4)
    assert linalg.axpy(2.0, x, y, out=y) is y
    np.testing.assert_array_equal(y, [1, 3, 5, 7])
    linalg.axpy(1.0, y, y, out=y)
    np.testing.assert_array_equal(y, [2, 6, 10, 14])
    backwards = y[::-1]
    linalg.axpy(1.0, backwards, y, out=y)
    np.testing.assert_array_equal(y, [16, 16, 16, 16])


REFUSED = [
    (lambda: linalg.matmul(np.ones((2, 3)), np.ones((2, 3))),
     r"`b` must have as many rows as `a` has columns, got shapes \(2, 3\) and \(2, 3\)"),
    (lambda: linalg.matmul(np.ones(3), np.ones(4)), r"`b` must have as many rows"),
    (lambda: linalg.matmul(2.0, np.ones(4)),
     r"`a` must have at least one dimension, got shape \(\)"),
    (lambda: linalg.matmul(np.ones(4), 2.0),
     r"`b` must have at least one dimension, got shape \(\)"),
    (lambda: linalg.matmul(np.ones((2, 3, 4)), np.ones((5, 4, 3))),
     r"leading dimensions must broadcast, got shapes \(2, 3, 4\) and \(5, 4, 3\)"),
    (lambda: linalg.dot(np.ones((2, 3)), np.ones((2, 3))), r"`b` must have as many rows"),
    (lambda: linalg.matvec(np.ones(3), np.ones(3)), r"`a` must have at least two dimensions"),
    (lambda: linalg.matvec(np.ones((2, 3)), 1.0), r"`x` must have at least one dimension"),
    (lambda: linalg.matvec(np.ones((2, 3)), np.ones(2)), r"`x` must have as many elements as `a`"),
    (lambda: linalg.axpy(1.0, np.ones(3), np.ones(4)), r"`y` must have the shape of `x`, \(3,\)"),
    (lambda: linalg.matmul(np.ones((2, 3)), np.ones((3, 2)), out=np.empty((3, 3))),
     r"`out` must have shape \(2, 2\), got shape \(3, 3\)"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_shapes_are_checked(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("alpha", ["2", None, True, 1j, np.ones(2)])
def test_alpha_is_a_real_number(alpha):
    with pytest.raises(TypeError, match="`alpha` must be a real number, got"):
        linalg.axpy(alpha, [1.0], [1.0])


@settings(max_examples=30)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), dtypes, seeds)
def test_matmul_of_larger_matrices(m, k, n, dtype, seed):
    a, b = normal(seed, (m, k), dtype), normal(seed + 1, (k, n), dtype)
    assert_product(linalg.matmul(a, b), a @ b, a, b, k)
    assert bits(linalg.matmul(a, np.asfortranarray(b))) == bits(linalg.matmul(a, b))
