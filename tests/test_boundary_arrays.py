"""Arrays at the boundary: what is refused, what is read, and that nothing else is written to."""

import numpy as np
import pytest
from core_calls import FEATURES, HIDDEN, N_PARAMS, N, call, config, csr, evaluate
from layouts import LAYOUTS, bits, normal

from thalweg import _core


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"x": [[1.0]]},
         TypeError, "`x` must be an array of float32 or float64, got <class 'list'>"),
        ({"x": np.ones((N, FEATURES), int)},
         TypeError, r"`x` must be .*, got one of shape \[60, 5\] and dtype int64"),
        ({"x": np.ones((N, FEATURES), ">f8")}, TypeError, "`x` must be .* and dtype >f8"),
        ({"x": np.ones(N)}, TypeError, "`x` must be a 2-D array of float64"),
        ({"x": np.ones((N, FEATURES), "f")},
         TypeError, "`sample_weight|`y` must be a 2-D array of float32"),
        ({"x": np.ones((FEATURES, N)).T}, ValueError, "`x` must be C-contiguous and aligned"),
        ({"x": np.ones((2 * N, FEATURES))[::2]}, ValueError, "`x` must be contiguous and aligned"),
        ({"x": LAYOUTS["misaligned"](np.ones((N, FEATURES)))},
         ValueError, "`x` must be contiguous and aligned"),
        ({"x": np.ones((N, 3))}, ValueError, "`X` must be of 5 columns, got 3"),
        ({"y": np.ones((N, 2))}, ValueError, "`y` must be of 1 columns, got 2"),
        ({"y": np.ones((N - 1, 1))}, ValueError, "`y` must be of 60 rows, like `X`, got 59"),
        ({"y": np.ones(N)}, TypeError, "`y` must be a 2-D array of float64"),
        ({"params": np.ones(3)}, ValueError, "`params` must be of length 29, got 3"),
        ({"params": np.ones((2, 3))}, TypeError, "`params` must be a 1-D array of float64"),
        ({"sample_weight": np.ones(3)}, ValueError, "`sample_weight` must be of 60 rows"),
        ({"sample_weight": -np.ones(N)},
         ValueError, "`sample_weight` must be finite and not negative, got -1.0"),
        ({"sample_weight": np.zeros(N)},
         ValueError, "`sample_weight` must be positive for at least one"),
        ({"train_rows": np.array([0, N])},
         ValueError, r"`train_rows` must be indices in \[0, 60\), got 60"),
        ({"train_rows": np.array([-1])},
         ValueError, r"`train_rows` must be indices in \[0, 60\), got -1"),
        ({"train_rows": np.array([], np.int64)},
         ValueError, "`train_rows` must be at least one row, got 0"),
        ({"train_rows": np.array([0], np.int32)},
         TypeError, "`train_rows` must be a 1-D array of int64"),
        ({"validation_rows": np.array([N])},
         ValueError, r"`validation_rows` must be indices in \[0, 60\), got 60"),
        ({"state": 3}, TypeError, "`state` must be a dict"),
        ({"state": {"step": 1, "buffers": []}},
         ValueError, '`state` must have the keys .*, lacks "learning_rate"'),
        ({"state": {"step": 1, "learning_rate": 0.1, "buffers": []}}, ValueError, "buffers"),
        ({"state": {"step": -1, "learning_rate": 0.1, "buffers": []}},
         ValueError, "`state.step` must be u64, got"),
        ({"state": {"step": 1, "learning_rate": 0.1, "buffers": [np.ones(2)] * 2}},
         ValueError, "buffers"),
        ({"rng": 3},
         TypeError, r"`rng` must be None, \(key, position\) or a callable, got <class 'int'>"),
        ({"rng": (np.zeros(624, np.uint32),)},
         TypeError, r"`rng` must be None, \(key, position\) or"),
        ({"rng": (np.zeros(7, np.uint32), 0)},
         ValueError, "`rng` must be 624 words of key and a position"),
        ({"rng": (np.zeros(624, np.uint32), 625)},
         ValueError, "`rng` must be 624 words of key and a position"),
        ({"rng": (np.zeros(624), 0)}, TypeError, "`rng.key` must be a 1-D array of uint32"),
        ({"rng": lambda n: np.zeros(n, np.int64)},
         ValueError, "`permutation` must be each index once, got 0"),
        ({"rng": lambda n: np.arange(n) - 1},
         ValueError, "`permutation` must be each index once, got"),
        ({"rng": lambda n: np.arange(n + 1)},
         ValueError, "`permutation` must have 60 elements, got 61"),
        ({"rng": lambda n: list(range(n))},
         TypeError, "`permutation` must be a 1-D array of int64"),
    ],
)  # fmt: skip
def test_bad_arguments(changes, error, message):
    with pytest.raises(error, match=message):
        call(**changes)


def test_nothing_is_written_to():
    given = {
        "x": normal(1, (N, FEATURES), np.float64),
        "y": normal(2, (N, 1), np.float64),
        "params": normal(3, N_PARAMS, np.float64),
        "sample_weight": np.full(N, 0.5),
        "train_rows": np.arange(40),
        "validation_rows": np.arange(40, N),
    }
    frozen = {name: LAYOUTS["read_only"](array) for name, array in given.items()}
    result = call(config=config(score="r2"), **frozen)
    again = call(config=config(score="r2"), **given)
    assert bits(result["params"]) == bits(again["params"])
    assert all(bits(frozen[name]) == bits(given[name]) for name in given)
    assert result["params"].flags.writeable


def test_sparse_is_as_dense():
    y = normal(2, (5, 1), np.float64)
    dense = call(x=np.triu(np.ones((5, 5))), y=y)
    assert bits(call(x=csr(), y=y)["params"]) == bits(dense["params"])


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"columns": 4}, ValueError, r"`indices` of row 0 must ascend strictly within 0\.\.4"),
        ({"columns": -1}, ValueError, "`x` must have 0 or more columns, got -1"),
        ({"indices": np.arange(15)[::-1].copy()}, ValueError, "`indices` of row 0 must ascend"),
        ({"indices": np.full(15, -1)}, ValueError, "`x.indices` must hold numbers that are not n"),
        ({"indices": np.arange(3)}, ValueError, "`data` has 15 elements and `indices` 3"),
        ({"indptr": np.array([0, 5, 3, 12, 14, 15])},
         ValueError, "`indptr` must not descend, got 3 after 5"),
        ({"indptr": np.array([0, 99, 12, 12, 14, 15])},
         ValueError, "`indptr` must not exceed 15, got 99"),
        ({"indptr": np.array([0, 3])}, ValueError, "`indptr` must run from 0 to 15, got 0 to 3"),
        ({"indptr": np.array([], np.int64)},
         ValueError, "`indptr` must have one element more than"),
        ({"indptr": np.array([0, 5, 9, 12, 14, 15], np.int16)},
         TypeError, "`x.indptr` must be a 1-D array of int64"),
        ({"data": [1.0] * 15}, TypeError, "`x.data` must be an array of float32 or float64"),
        ({"more": 1}, TypeError, r"`x` must be \(data, indices, indptr, columns\), got 5 items"),
    ],
)  # fmt: skip
def test_bad_sparse_matrices(changes, error, message):
    with pytest.raises(error, match=message):
        call(x=csr(**changes), y=np.ones((5, 1)))


def test_an_absurd_network_is_a_memory_error():
    with pytest.raises(MemoryError, match="not enough memory for a buffer of"):
        call(config=config(units=[FEATURES, 2**40, 2**40, 1]))


def test_one_array_to_read_and_to_write():
    x = normal(1, (8, 8), np.float64)
    for function, arguments in [
        (_core.exp, (x, x)),
        (_core.matmul, (x, x.T, x)),
        (_core.tanh_gradient, (x, x, x)),
        (_core.axpy, (1.0, x, x)),
    ]:
        with pytest.raises(
            ValueError, match=r"`(out|y)` overlaps an input, or is in use by another call"
        ):
            function(*arguments)
    assert bits(x) == bits(normal(1, (8, 8), np.float64))
    with pytest.raises(ValueError, match="`out` must be writeable"):
        _core.exp(x, LAYOUTS["read_only"](x))


def test_the_objective_reads_its_arrays_anew():
    x = normal(1, (N, FEATURES), np.float64)
    keys = ("units", "activation", "output", "loss", "alpha")
    objective = _core.MlpObjective(
        x, normal(2, (N, 1), np.float64), None, {k: config()[k] for k in keys}
    )
    params = normal(3, N_PARAMS, np.float64)
    loss, gradient = objective.evaluate(params)
    assert bits(gradient) == bits(evaluate()[1])
    x *= 2
    assert objective.evaluate(params)[0] == evaluate(x=x)[0] != loss


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"params": np.ones(3)}, ValueError, "`params` must be of length 29, got 3"),
        ({"params": np.ones(N_PARAMS, "f")}, TypeError, "`params` must be a 1-D array of float64"),
        ({"x": np.ones((N, 2))}, ValueError, "`X` must be of 5 columns, got 2"),
        ({"y": np.ones((N, 1), "f")}, TypeError, "`y` must be a 2-D array of float64"),
    ],
)
def test_bad_evaluations(changes, error, message):
    with pytest.raises(error, match=message):
        evaluate(**changes)


def forward(x=None, activation="relu", output="identity", check_finite=True, **weights):
    x = normal(1, (N, FEATURES), np.float64) if x is None else x
    coefs = weights.get("coefs", [np.ones((FEATURES, HIDDEN)), np.ones((HIDDEN, 2))])
    intercepts = weights.get("intercepts", [np.ones(HIDDEN), np.ones(2)])
    return _core.mlp_forward(x, coefs, intercepts, activation, output, check_finite)


def test_prediction():
    x = normal(1, (N, FEATURES), np.float64)
    hidden = np.maximum(x @ np.ones((FEATURES, HIDDEN)) + 1, 0)
    np.testing.assert_allclose(forward(x), hidden @ np.ones((HIDDEN, 2)) + 1)
    assert forward(x[:0]).shape == (0, 2)
    many = np.tile(x, (500, 1))
    assert bits(forward(many)[-N:]) == bits(forward(x))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_prediction_looks_for_what_is_not_finite(bad):
    x = normal(1, (N, FEATURES), np.float64)
    x[7, 3] = bad
    assert forward(x) is None
    assert forward(x, check_finite=False).shape == (N, 2)
    assert forward(csr(data=np.where(np.arange(15) == 7, bad, 1.0))) is None
    assert forward(csr()) is not None


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"activation": "sine"},
         ValueError, '`activation` must be one of identity, .*, got "sine"'),
        ({"output": "relu"}, ValueError, '`output` must be one of identity, .*, got "relu"'),
        ({"x": np.ones((3, 2))}, ValueError, r"`coefs_\[0\]` must be of 2 rows, got 5"),
        ({"intercepts": [np.ones(4)]}, ValueError, "`intercepts_` must be 2 vectors"),
        ({"intercepts": [np.ones(4), np.ones(3)]},
         ValueError, r"`intercepts_\[1\]` must be of length 2, got 3"),
        ({"coefs": [], "intercepts": []},
         ValueError, "`coefs_` must be at least one matrix, got 0"),
        ({"coefs": [np.ones((5, 4), "f"), np.ones((4, 2))]},
         TypeError, "`coefs` must be a 2-D array of float64"),
        ({"coefs": [np.ones((5, 4), order="F"), np.ones((4, 2))]},
         ValueError, "`coefs` must be C-contiguous and aligned"),
        ({"coefs": 3}, TypeError, "not iterable"),
    ],
)  # fmt: skip
def test_bad_predictions(changes, error, message):
    with pytest.raises(error, match=message):
        forward(**changes)
