"""Matrix operations for NumPy users, on thalweg's kernels.

Names, shapes and broadcasting are NumPy's and SciPy's. What differs:

* Results have the same bits for any number of threads, on every CPU path, and for any memory
  order of the same values.
* Everything is computed in float32 or float64. Mixed types follow :func:`numpy.result_type`;
  integers and booleans become float64, float16 becomes float32. Complex numbers, long doubles and
  objects are a TypeError.
* Nothing warns of overflow or of NaN: they are in the result.

Inputs may have any strides and byte order, be read-only or memory-mapped, and are never written
to. ``out`` may overlap them. Products and functions of one number read contiguous arrays and their
transposes in place; what lies otherwise in memory is copied first. Large operations release the
interpreter; do not write to an input from another thread meanwhile.

Examples
--------
>>> import numpy as np
>>> from thalweg import linalg
>>> A = np.arange(6.0).reshape(2, 3)
>>> linalg.matmul(A, A.T)
array([[ 5., 14.],
       [14., 50.]])
>>> linalg.softmax(np.zeros((1, 4)), axis=1)
array([[0.25, 0.25, 0.25, 0.25]])
"""

from thalweg.linalg._elementwise import (
    exp,
    exp_gradient,
    log,
    log_gradient,
    relu,
    relu_gradient,
    sigmoid,
    sigmoid_gradient,
    tanh,
    tanh_gradient,
)
from thalweg.linalg._products import axpy, dot, matmul, matvec, outer
from thalweg.linalg._reductions import mean, norm, sum
from thalweg.linalg._softmax import logsumexp, logsumexp_gradient, softmax, softmax_gradient

__all__ = [
    "axpy",
    "dot",
    "exp",
    "exp_gradient",
    "log",
    "log_gradient",
    "logsumexp",
    "logsumexp_gradient",
    "matmul",
    "matvec",
    "mean",
    "norm",
    "outer",
    "relu",
    "relu_gradient",
    "sigmoid",
    "sigmoid_gradient",
    "softmax",
    "softmax_gradient",
    "sum",
    "tanh",
    "tanh_gradient",
]
