"""Processes: what a parent's threads leave to a forked child, and the ways of joblib."""

import multiprocessing
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import joblib
import pytest
from fork_workers import count_threads, product_and_fit

import thalweg


@pytest.fixture(scope="module")
def expected():
    before = thalweg.get_num_threads()
    yield [product_and_fit(i) for i in range(4)]
    thalweg.set_num_threads(before)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_multiprocessing(method, expected):
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(product_and_fit, range(4)).get(timeout=120) == expected


@pytest.mark.parametrize("backend", ["loky", "multiprocessing", "threading"])
def test_joblib(backend, expected):
    parallel = joblib.Parallel(n_jobs=2, backend=backend, timeout=120)
    assert parallel(joblib.delayed(product_and_fit)(i) for i in range(4)) == expected


def test_loky_divides_the_cores():
    """joblib tells its workers by OMP_NUM_THREADS how many threads are theirs."""
    with joblib.parallel_config("loky", n_jobs=2, inner_max_num_threads=3):
        counts = joblib.Parallel()(joblib.delayed(count_threads)() for _ in range(2))
    assert counts == [3, 3]


# Each program forks in another situation; a child that hangs is ended by the time limit.
PROGRAMS = {
    "many forks": """
        for i in range(100):
            assert in_child(lambda: product(i) == expected(i)), i
            if i % 10 == 0:
                assert product(i) == expected(i)
    """,
    "fork before the first use": """
        assert in_child(lambda: product(0) == expected(0))
        assert product(0) == expected(0)
    """,
    "nested forks": """
        product(0)
        grandchild = lambda: product(2) == expected(2)
        child = lambda: product(1) == expected(1) and in_child(grandchild)
        for _ in range(10):
            assert in_child(lambda: in_child(child) and product(0) == expected(0))
            assert in_child(lambda: product(0) == expected(0) and in_child(child))
    """,
    "fork while another thread has the pool": """
        import threading
        stop = threading.Event()
        def busy():
            while not stop.is_set():
                linalg.matmul(BIG, BIG)
        thread = threading.Thread(target=busy)
        thread.start()
        for i in range(30):
            assert in_child(lambda: product(i) == expected(i) and product(i) == expected(i)), i
        stop.set()
        thread.join()
    """,
    "fork from a callback of a fit": """
        class Printer:
            def write(self, text):
                if "Iteration 2," in text:
                    self.child = in_child(lambda: product(3) == expected(3))
            def flush(self):
                pass
        import contextlib
        X, y = normal(2, (2000, 60), "f"), np.arange(2000) % 3
        printer = Printer()
        with contextlib.redirect_stdout(printer):
            MLPClassifier((150,), max_iter=4, verbose=True, random_state=0).fit(X, y)
        assert printer.child
    """,
}

PRELUDE = """
    import os, sys, warnings
    import numpy as np
    import thalweg
    from layouts import bits, normal
    from thalweg import MLPClassifier, linalg

    # Newer Pythons warn of fork beside threads; that it works is what is tested. Neither is a fit
    # of a few epochs meant to converge.
    warnings.simplefilter("ignore")
    thalweg.set_num_threads(3)
    A = normal(1, (400, 400), "f")
    BIG = normal(1, (1000, 1000), "f")

    def product(shift):
        return bits(linalg.matmul(A, A + np.float32(shift)))

    def expected(shift):
        # The rows one at a time are too small for threads.
        B = A + np.float32(shift)
        return bits(np.concatenate([linalg.matmul(A[i : i + 8], B) for i in range(0, 400, 8)]))

    def in_child(work):
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                status = 0 if work() else 2
            finally:
                os._exit(status)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""

if hasattr(os, "fork"):

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_fork(name):
        code = textwrap.dedent(PRELUDE) + textwrap.dedent(PROGRAMS[name])
        run = subprocess.run(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stderr
