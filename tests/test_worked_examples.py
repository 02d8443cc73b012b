"""The worked examples of gradient descent, number by number."""

import runpy
from pathlib import Path

import numpy as np
import pytest

from thalweg.optimizers import SGD

EXAMPLES = Path(__file__).parents[1] / "examples"
X = np.array([1.0, 2.0, 3.0])
Y = np.array([2.0, 4.0, 6.0])
# Fused products are rounded once where the recursion rounds twice: 100 steps of half a digit.
CLOSE = {np.float32: 5e-6, np.float64: 1e-14}
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


# ---- J(w, b) = w^2 + b^2 -------------------------------------------------------------------------


@DTYPES
def test_a_step_on_the_bowl(dtype):
    run = SGD(lr=0.1).init({"w": dtype(1), "b": dtype(1)})
    run.step({"w": 2 * run.params["w"], "b": 2 * run.params["b"]})
    expected = dtype(1) - dtype(0.1) * dtype(2)
    assert run.params == {"w": expected, "b": expected}
    assert abs(float(expected) - 0.8) <= np.finfo(dtype).eps


@DTYPES
def test_the_bowl_converges_as_a_power(dtype):
    run = SGD(lr=0.1).init(np.ones(2, dtype))
    losses = []
    for _ in range(100):
        losses.append(float(run.params @ run.params))
        run.step(2 * run.params)
    np.testing.assert_allclose(run.params, 0.8**100, rtol=100 * np.finfo(dtype).eps)
    np.testing.assert_allclose(losses, 2 * 0.64 ** np.arange(100), rtol=300 * np.finfo(dtype).eps)


# ---- A line through three points -----------------------------------------------------------------


@pytest.fixture(scope="module")
def example():
    return runpy.run_path(str(EXAMPLES / "linear_regression.py"))


def test_first_batch_step_by_hand(example):
    # From (0, 0) the residuals are -2, -4, -6: gradients -(2 + 8 + 18) / 3 and -12 / 3.
    run = example["fit"](batch_size=3, epochs=1)
    np.testing.assert_allclose(run.params["w"], 0.1 * 28 / 3, rtol=1e-15)
    np.testing.assert_allclose(run.params["b"], 0.1 * 4, rtol=1e-15)


def test_the_loss_is_over_2m(example):
    loss, _ = example["half_mean_of_squares"]({"w": 0.0, "b": 0.0}, np.arange(3))
    assert loss == (4 + 16 + 36) / 6


@pytest.mark.parametrize(("batch_size", "steps"), [(3, 1000), (2, 2000), (1, 3000)])
def test_every_batch_size_finds_the_line(example, batch_size, steps):
    run = example["fit"](batch_size, epochs=1000)
    assert run.t == steps
    np.testing.assert_allclose(run.params["w"], 2, atol=1e-4)
    np.testing.assert_allclose(run.params["b"], 0, atol=2e-4)


# ---- PyTorch's nn.Linear + MSELoss + SGD ---------------------------------------------------------


def mean_of_squares(params):
    """Return the gradient of MSELoss, as autograd of a linear layer computes it."""
    x, y = (array.astype(params["w"].dtype)[:, None] for array in (X, Y))
    prediction = x @ params["w"].T + params["b"]
    to_output = 2 * (prediction - y) / x.dtype.type(len(x))
    return {"w": to_output.T @ x, "b": to_output.sum(axis=0)}


@DTYPES
@pytest.mark.parametrize("start", [(0.5, -0.5), (0.0, 0.0), (-0.7345, 0.1812)])
def test_a_hundred_epochs_as_pytorch(dtype, start):
    # The shapes of nn.Linear(1, 1): weight (out, in), bias (out,).
    weight, bias = np.full((1, 1), start[0], dtype), np.full(1, start[1], dtype)
    run = SGD(lr=0.01).init({"w": weight, "b": bias})
    for _ in range(100):
        run.step(mean_of_squares(run.params))
        # torch.optim.SGD: theta <- theta - lr * gradient, a product and a sum each rounded.
        gradient = mean_of_squares({"w": weight, "b": bias})
        weight, bias = weight - dtype(0.01) * gradient["w"], bias - dtype(0.01) * gradient["b"]
        np.testing.assert_allclose(run.params["w"], weight, rtol=CLOSE[dtype], atol=CLOSE[dtype])
        np.testing.assert_allclose(run.params["b"], bias, rtol=CLOSE[dtype], atol=CLOSE[dtype])


@pytest.mark.parametrize("start", [(0.5, -0.5), (-0.7345, 0.1812)])
def test_a_hundred_epochs_in_closed_form(start):
    # theta - theta* shrinks by I - lr H a step, with H = 2/m X'X of rows (x, 1), theta* = (2, 0).
    design = np.stack([X, np.ones(3)], axis=1)
    shrink = np.linalg.matrix_power(np.eye(2) - 0.01 * 2 / 3 * design.T @ design, 100)
    expected = np.array([2.0, 0.0]) + shrink @ (np.array(start) - [2.0, 0.0])
    run = SGD(lr=0.01).init({"w": np.full((1, 1), start[0]), "b": np.full(1, start[1])})
    for _ in range(100):
        run.step(mean_of_squares(run.params))
    np.testing.assert_allclose(
        [run.params["w"].item(), run.params["b"].item()], expected, rtol=1e-12
    )
