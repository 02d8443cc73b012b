"""Descend J(w, b) = w^2 + b^2 from (1, 1) by plain gradient descent: every step can be checked.

The gradient is (2w, 2b). With rate 0.1 a step multiplies both by 1 - 0.1 * 2 = 0.8.
"""

import numpy as np

from thalweg.optimizers import SGD

run = SGD(lr=0.1).init({"w": np.array(1.0), "b": np.array(1.0)})
for step in range(1, 61):
    w, b = run.params["w"], run.params["b"]
    run.step({"w": 2 * w, "b": 2 * b}, loss=float(w**2 + b**2))
    if step == 1 or step % 10 == 0:
        w, b = run.params["w"], run.params["b"]
        print(f"step {step:2d}: w = {w:.6f}, b = {b:.6f}, J = {w**2 + b**2:.3e}")
