"""What every operation of linalg does with its arguments, and with `out`."""

import numpy as np
import pytest
from layouts import LAYOUTS, bits, normal

from thalweg import linalg

# Operation, number of array arguments.
ELEMENTWISE = [linalg.exp, linalg.log, linalg.tanh, linalg.sigmoid, linalg.relu]
REDUCTIONS = [linalg.sum, linalg.mean, linalg.norm, linalg.logsumexp, linalg.softmax]
GRADIENTS = [
    linalg.exp_gradient,
    linalg.log_gradient,
    linalg.tanh_gradient,
    linalg.sigmoid_gradient,
    linalg.relu_gradient,
    linalg.softmax_gradient,
]
PRODUCTS = [linalg.matmul, linalg.matvec, linalg.dot, linalg.outer]


def axpy(x, y, out=None):
    return linalg.axpy(0.5, x, y, out=out)


ONE = ELEMENTWISE + REDUCTIONS
TWO = [*GRADIENTS, *PRODUCTS, axpy]
WITH_OUT = [
    *ELEMENTWISE,
    *(g for g in GRADIENTS if g is not linalg.softmax_gradient),
    *PRODUCTS,
    axpy,
]
by_name = {"ids": lambda f: f.__name__}


def arguments(function, dtype=np.float64):
    """Two matrices, or a matrix and a vector, or one matrix."""
    a = np.abs(normal(1, (6, 6), np.float64)) + 1
    a = (a * 8).astype(dtype)
    if function in ONE:
        return [a]
    return [a, a[0] if function is linalg.matvec else a.T]


@pytest.mark.parametrize("function", ONE + TWO, **by_name)
@pytest.mark.parametrize(
    ("dtype", "computed_in"),
    [
        *[(dtype, "d") for dtype in (bool, "i1", "u2", "i4", ">i4", "u8", ">f8")],
        *[(dtype, "f") for dtype in ("f2", ">f2", ">f4")],
    ],
)
def test_other_types(function, dtype, computed_in):
    given = arguments(function, dtype)
    result = function(*given)
    assert result.dtype == np.dtype(computed_in)
    assert bits(result) == bits(function(*[array.astype(computed_in) for array in given]))


@pytest.mark.parametrize("function", TWO, **by_name)
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("f", "d", "d"), ("d", "f", "d"), ("f", "i2", "f"), ("f", "i8", "d"), ("e", "f", "f"),
     ("e", "d", "d"), ("i4", "i8", "d")],
)  # fmt: skip
def test_mixed_types(function, first, second, expected):
    a, b = arguments(function)
    assert function(a.astype(first), b.astype(second)).dtype == np.dtype(expected)


@pytest.mark.parametrize("function", ONE + TWO, **by_name)
@pytest.mark.parametrize(
    "value",
    [
        *[np.ones((6, 6), dtype) for dtype in (complex, object, np.longdouble, "m8[s]")],
        np.full((6, 6), "1"),
        [[None] * 6] * 6,
    ],
    ids=lambda value: np.asarray(value).dtype.name,
)
def test_what_is_no_real_number(function, value):
    for place in range(len(arguments(function))):
        given = arguments(function)
        given[place] = value
        with pytest.raises(
            TypeError, match=r"`\w+` must hold real numbers of at most 64 bits, got dtype"
        ):
            function(*given)


def test_the_argument_is_named():
    with pytest.raises(TypeError, match="`b` must hold real numbers"):
        linalg.matmul(np.ones((2, 2)), np.ones((2, 2), complex))
    with pytest.raises(TypeError, match="`grad` must hold real numbers"):
        linalg.tanh_gradient(np.ones(2), ["a", "b"])


@pytest.mark.parametrize("function", ONE + TWO, **by_name)
def test_lists_frames_and_subclasses(function):
    import pandas as pd

    given = arguments(function)
    expected = bits(function(*given))
    assert bits(function(*[array.tolist() for array in given])) == expected
    assert bits(function(*[array.view(np.recarray) for array in given])) == expected
    if all(array.ndim == 2 for array in given):
        assert bits(function(*[pd.DataFrame(array) for array in given])) == expected


@pytest.mark.parametrize("function", ONE + TWO, **by_name)
@pytest.mark.parametrize("layout", LAYOUTS.values(), **by_name)
def test_inputs_are_not_written_to(function, layout):
    given = arguments(function)
    laid_out = [layout(array) for array in given]
    function(*laid_out)
    for array, before in zip(laid_out, given, strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("function", ONE + TWO, **by_name)
def test_memory_maps(function, tmp_path):
    given = arguments(function)
    mapped = []
    for i, array in enumerate(given):
        np.save(tmp_path / f"{i}.npy", array)
        mapped.append(np.load(tmp_path / f"{i}.npy", mmap_mode="r"))
    result = function(*mapped)
    assert bits(result) == bits(function(*given))
    assert type(result) in (np.ndarray, np.float64)


@pytest.mark.parametrize("function", WITH_OUT, **by_name)
@pytest.mark.parametrize(
    "layout", [L for L in LAYOUTS.values() if L.__name__ != "read_only"], **by_name
)
def test_out_in_any_layout(function, layout):
    given = arguments(function)
    expected = function(*given)
    out = layout(np.zeros_like(expected))
    assert function(*given, out=out) is out
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("function", WITH_OUT, **by_name)
def test_out_may_overlap_the_inputs(function):
    given = arguments(function)
    expected = np.array(function(*given))
    size = sum(array.size for array in given) + 2 * expected.size
    for shift in (0, 1, 7, 36):
        # Inputs in one piece of memory, one after the other; out begins somewhere among them.
        memory = np.zeros(size)
        at, inputs = 0, []
        for array in given:
            inputs.append(memory[at : at + array.size].reshape(array.shape))
            inputs[-1][...] = array
            at += array.size
        out = memory[shift : shift + expected.size].reshape(expected.shape)
        assert function(*inputs, out=out) is out
        np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("function", WITH_OUT, **by_name)
def test_out_of_another_type(function):
    given = arguments(function, np.float32)
    expected = function(*given)
    wider = np.empty(expected.shape, np.float64)
    np.testing.assert_array_equal(function(*given, out=wider), expected)
    half = np.empty(expected.shape, np.float16)
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(function(*given, out=half), expected.astype(np.float16))
    with pytest.raises(TypeError, match="`out` must take float32, got dtype int64"):
        function(*given, out=np.empty(expected.shape, np.int64))


@pytest.mark.parametrize("function", WITH_OUT, **by_name)
def test_an_out_that_cannot_be(function):
    given = arguments(function)
    expected = function(*given)
    with pytest.raises(TypeError, match="`out` must be an ndarray, got list"):
        function(*given, out=expected.tolist())
    with pytest.raises(ValueError, match=r"`out` must have shape \(.*\), got shape \(3, 2, 1\)"):
        function(*given, out=np.empty((3, 2, 1)))
    with pytest.raises(ValueError, match="`out` must be writeable, got a read-only array"):
        function(*given, out=LAYOUTS["read_only"](expected))


def test_out_for_a_scalar():
    out = np.empty(())
    assert linalg.matmul([1.0, 2.0], [3.0, 4.0], out=out) is out
    assert out == 11
    assert linalg.exp(0.0, out=out) is out
    assert out == 1


def test_an_absurd_result_is_a_memory_error():
    with pytest.raises(MemoryError):
        linalg.outer(np.broadcast_to(1.0, 10**7), np.broadcast_to(1.0, 10**7))
    with pytest.raises(MemoryError):
        linalg.matmul(np.ones((10**7, 1)), np.ones((1, 10**7)))


def test_every_public_function_is_tested():
    tested = {*ONE, *TWO} - {axpy} | {linalg.axpy, linalg.logsumexp_gradient}
    assert {getattr(linalg, name) for name in linalg.__all__} == tested
