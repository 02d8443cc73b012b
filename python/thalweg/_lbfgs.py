"""SciPy's L-BFGS-B as all estimators run it, ending well when interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import NDArray
from sklearn.utils.parallel import _get_threadpool_controller

Function = Callable[..., tuple[float, NDArray[np.float64]]]


class _BlasOnOneThread:
    """Leaves BLAS one thread as long as any run is under way.

    The number of threads is the process's own: were each run to put back what it found, one that
    began during another would put back the other's limit.
    """

    def __init__(self) -> None:
        self._lock, self._runs = threading.Lock(), 0
        self._limit: AbstractContextManager[Any] | None = None

    def __enter__(self) -> None:
        with self._lock:
            if self._runs == 0:
                self._limit = _get_threadpool_controller().limit(limits=1, user_api="blas")
                self._limit.__enter__()
            self._runs += 1

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0 and self._limit is not None:
                self._limit.__exit__(None, None, None)
                self._limit = None


_blas_on_one_thread = _BlasOnOneThread()


class BestSeen:
    """A function to minimize that remembers where it was lowest, for a run that is interrupted.

    Parameters
    ----------
    function : callable
        Returns a value and its gradient.
    start : ndarray of shape (n,)
        Where the run will begin.
    callback : callable or None
        Called with x after each iteration.

    Attributes
    ----------
    x : ndarray of shape (n,)
        The lowest point so far.
    fun : float
        The value there.
    nit : int
        Iterations so far.
    """

    def __init__(self, function: Function, start: NDArray[Any], callback: Any = None) -> None:
        self.function, self.callback = function, callback
        self.x, self.fun, self.nit = np.array(start, np.float64), float("inf"), 0

    def __call__(self, x: NDArray[Any], *args: Any) -> tuple[float, NDArray[np.float64]]:
        value, gradient = self.function(x, *args)
        if value < self.fun:  # never true of NaN
            self.x, self.fun = x.copy(), value
        return value, gradient

    def iteration_ends(self, xk: NDArray[Any]) -> None:
        """Count an iteration, and hand it on."""
        self.nit += 1
        if self.callback is not None:
            self.callback(xk)

    def minimize(self, start: NDArray[Any], **options: Any) -> scipy.optimize.OptimizeResult:
        """Run ``scipy.optimize.minimize`` from ``start``; ``options`` are passed on.

        BLAS gets one thread meanwhile. What L-BFGS has for it are dot products, and between two of
        them its threads spin on the cores on which the function is to be evaluated; nor would the
        sums have the same bits on every number of threads.
        """
        with _blas_on_one_thread:
            return scipy.optimize.minimize(self, start, callback=self.iteration_ends, **options)
