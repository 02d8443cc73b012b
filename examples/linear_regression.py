"""Fit a line to (1, 2), (2, 4), (3, 6): batch, stochastic and mini-batch are the batch size.

The loss is the sum of (w x + b - y)^2 over 2m, with m the number of rows that it is taken over.
The last lines repeat what PyTorch's `nn.Linear(1, 1)`, `MSELoss` and `SGD(lr=0.01)` do in 100
epochs: `MSELoss` is the mean of squares, so its gradient is twice the one above.
"""

from typing import Any

import numpy as np

from thalweg.optimizers import SGD, Run

x = np.array([1.0, 2.0, 3.0])
y = np.array([2.0, 4.0, 6.0])


def half_mean_of_squares(params: dict[str, Any], rows: Any) -> tuple[float, dict[str, Any]]:
    """Return the loss over some rows, and its gradient."""
    residual = params["w"] * x[rows] + params["b"] - y[rows]
    m = len(rows)
    loss = float(residual @ residual) / (2 * m)
    return loss, {"w": residual @ x[rows] / m, "b": residual.sum() / m}


def fit(batch_size: int, epochs: int, lr: float = 0.1, seed: int = 0) -> Run:
    """Descend from (0, 0); each epoch sees every row once, in a new order."""
    rng = np.random.default_rng(seed)
    run = SGD(lr=lr).init({"w": np.array(0.0), "b": np.array(0.0)})
    for _ in range(epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            loss, gradient = half_mean_of_squares(run.params, order[start : start + batch_size])
            run.step(gradient, loss=loss)
    return run


for kind, batch_size in {"batch": 3, "mini-batch": 2, "stochastic": 1}.items():
    run = fit(batch_size, epochs=1000)
    w, b = run.params["w"], run.params["b"]
    print(f"{kind:10s}  {run.t:4d} steps: w = {w:.6f}, b = {b:.6f}")

run = SGD(lr=0.01).init({"w": np.array(0.5), "b": np.array(-0.5)})
everything = np.arange(len(x))
for _ in range(100):
    gradient = half_mean_of_squares(run.params, everything)[1]
    run.step({name: 2 * array for name, array in gradient.items()})
w, b = run.params["w"], run.params["b"]
print(f"as PyTorch   100 steps: w = {w:.6f}, b = {b:.6f}")
