"""Every operation of linalg on arrays of awkward sizes, as hashes of the bits of the results.

Run as a program, it prints them for the environment that it was started in.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
from layouts import bits, normal

from thalweg import linalg

# Rows, inner dimension, columns: some worth threads, around the edges of tiles and chunks.
SHAPES = [(1, 1, 1), (7, 300, 5), (65, 257, 97), (300, 200, 333), (2050, 70, 31), (3, 4000, 601)]


def digest(result):
    shape, dtype, data = bits(result)
    return hashlib.sha256(repr((shape, dtype)).encode() + data).hexdigest()


def battery():
    """Return the hashes by name."""
    results = {}
    for dtype in (np.float32, np.float64):
        for shape in SHAPES:
            for name, result in operations(shape, dtype):
                results[f"{name} {shape} {np.dtype(dtype).name}"] = digest(result)
    return results


def operations(shape, dtype):
    m, k, n = shape
    a, b = normal(1, (m, k), dtype), normal(2, (k, n), dtype)
    x, y = normal(3, k, dtype), normal(4, m, dtype)
    yield "NN", linalg.matmul(a, b)
    yield "NT", linalg.matmul(a, np.ascontiguousarray(b.T).T)
    yield "TN", linalg.matmul(np.ascontiguousarray(a.T).T, b)
    yield "TT", linalg.matmul(np.ascontiguousarray(a.T).T, np.ascontiguousarray(b.T).T)
    yield "matvec", linalg.matvec(a, x)
    yield "vecmat", linalg.matmul(y, a)
    yield "stack", linalg.matmul(np.stack([a, a + 1]), np.stack([b, b + 1]))
    yield "vector stack", linalg.matvec(np.stack([a, a + 1]), x)
    yield "dot", linalg.dot(a.ravel(), a.ravel())
    yield "axpy", linalg.axpy(0.3, a, a + 1)
    for function in (linalg.exp, linalg.log, linalg.tanh, linalg.sigmoid, linalg.relu):
        yield function.__name__, function(a)
    for function in (linalg.tanh_gradient, linalg.sigmoid_gradient, linalg.relu_gradient):
        yield function.__name__, function(a, a + 1)
    for axis in (None, 0, 1):
        for function in (linalg.sum, linalg.mean, linalg.softmax, linalg.logsumexp, linalg.norm):
            yield f"{function.__name__} over {axis}", function(a, axis=axis)


if __name__ == "__main__":
    print(json.dumps(battery()))
