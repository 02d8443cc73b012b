"""What the processes of the tests do: here, where every one of them can import it."""

from __future__ import annotations

import numpy as np
from layouts import bits, normal

import thalweg
from thalweg import MLPClassifier, linalg

A = normal(1, (400, 400), np.float32)


def product(shift):
    """The bits of a product that is worth threads."""
    return bits(linalg.matmul(A, A + np.float32(shift)))


def fit(seed):
    """The bits of a model that was trained with threads."""
    X, y = normal(2, (2000, 60), np.float32), np.arange(2000) % 3
    model = MLPClassifier((400,), max_iter=3, random_state=seed).fit(X, y)
    return [bits(coef) for coef in model.coefs_]


def product_and_fit(i):
    thalweg.set_num_threads(2)
    return product(i), fit(i)


def count_threads():
    """How many threads the process may use."""
    return thalweg.get_num_threads()
