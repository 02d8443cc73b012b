"""The number of threads and the CPU path: who sets them, and what is said of a bad value."""

import os
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
import threadpoolctl
from layouts import bits, normal

import thalweg
from thalweg import MLPClassifier, _core, linalg

LARGE = "from thalweg import linalg; import numpy as np; linalg.matmul(*[np.ones((400, 400))] * 2)"
GET = "import thalweg; print(thalweg.get_num_threads())"


@pytest.fixture(autouse=True)
def _number_of_threads_is_restored():
    before = thalweg.get_num_threads()
    yield
    thalweg.set_num_threads(before)


def python(code, **environment):
    """Run a program in an environment without settings but these."""
    settings = ("THALWEG_NUM_THREADS", "OMP_NUM_THREADS", "THALWEG_ISA", "RUST_BACKTRACE")
    inherited = {name: value for name, value in os.environ.items() if name not in settings}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("n", [1, 2, 7, np.int32(3), 1000])
def test_set_and_get(n):
    thalweg.set_num_threads(n)
    assert thalweg.get_num_threads() == n
    assert thalweg.show_config()["num_threads"] == n


@pytest.mark.parametrize("n", [0, -1, -(2**40)])
def test_too_few(n):
    with pytest.raises(ValueError, match=f"`n` must be at least 1, got {n}"):
        thalweg.set_num_threads(n)


@pytest.mark.parametrize("n", [2.0, "2", None, [2]])
def test_no_integer(n):
    with pytest.raises(TypeError, match="`n` must be an int, got "):
        thalweg.set_num_threads(n)


def test_too_many_for_an_integer():
    with pytest.raises(ValueError, match=f"`n` must fit 63 bits, got {2**70}"):
        thalweg.set_num_threads(2**70)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"THALWEG_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "5"}, 5),
        ({"OMP_NUM_THREADS": "4,2"}, 4),
        ({"THALWEG_NUM_THREADS": " 6 ", "OMP_NUM_THREADS": "5"}, 6),
        ({"THALWEG_NUM_THREADS": "", "OMP_NUM_THREADS": "5"}, 5),
    ],
)
def test_environment(environment, expected):
    assert int(python(GET, **environment).stdout) == expected
    override = "import thalweg; thalweg.set_num_threads(9); print(thalweg.get_num_threads())"
    assert int(python(override, **environment).stdout) == 9


@pytest.mark.parametrize("environment", [{}, {"OMP_NUM_THREADS": "many"}, {"OMP_NUM_THREADS": "0"}])
def test_by_default_the_cores(environment):
    assert 1 <= int(python(GET, **environment).stdout) <= os.cpu_count()


@pytest.mark.parametrize("value", ["0", "-2", "1.5", "many"])
def test_bad_number_in_the_environment(value):
    for code in (GET, LARGE):
        run = python(code, THALWEG_NUM_THREADS=value)
        expected = f'ValueError: `THALWEG_NUM_THREADS` must be a positive integer, got "{value}"'
        assert run.stderr.strip().endswith(expected)
    repaired = "import thalweg; thalweg.set_num_threads(2)\n" + LARGE
    assert python(repaired, THALWEG_NUM_THREADS=value).returncode == 0


def test_bad_isa_in_the_environment():
    code = """
        import numpy as np
        import thalweg
        from thalweg import MLPClassifier, MLPRegressor, linalg
        X, y = np.ones((4, 2)), [0, 1, 0, 1]
        model = MLPClassifier()
        for use in (
            lambda: linalg.exp([1.0]),
            lambda: linalg.matmul(X.T, X),
            lambda: model.fit(X, y),
            lambda: MLPRegressor(solver="lbfgs").fit(X, y),
            thalweg.show_config,
        ):
            try:
                use()
            except ValueError as error:
                print(error)
    """
    run = python(code, THALWEG_ISA="bogus")
    assert run.returncode == 0, run.stderr
    expected = '`THALWEG_ISA` must be one of scalar, avx2, avx512, avx512bf16, amx, got "bogus"'
    assert run.stdout.splitlines() == [expected] * 5


@pytest.mark.parametrize("isa", _core.available_isas())
def test_isa_in_the_environment(isa):
    code = "import thalweg; print(thalweg.show_config()['isa'])"
    assert python(code, THALWEG_ISA=isa).stdout.strip() == isa


def test_threadpoolctl_sees_and_limits():
    thalweg.set_num_threads(5)

    def seen():
        info = threadpoolctl.threadpool_info()
        return [one["num_threads"] for one in info if one["user_api"] == "thalweg"]

    assert seen() == [5]
    with threadpoolctl.threadpool_limits(limits=1):
        assert seen() == [thalweg.get_num_threads()] == [1]
        with threadpoolctl.threadpool_limits(limits=3, user_api="thalweg"):
            assert thalweg.get_num_threads() == 3
        assert thalweg.get_num_threads() == 1
    with threadpoolctl.threadpool_limits(limits={"thalweg": 2}):
        assert thalweg.get_num_threads() == 2
    with threadpoolctl.threadpool_limits(limits=1, user_api="blas"):
        assert thalweg.get_num_threads() == 5
    assert seen() == [5]


if sys.platform == "linux":

    @pytest.mark.parametrize(("threads", "helpers"), [(1, 0), (2, 1), (4, 3)])
    def test_as_many_threads_are_started(threads, helpers):
        code = (
            LARGE
            + """
        from pathlib import Path
        names = [task.joinpath("comm").read_text() for task in Path("/proc/self/task").iterdir()]
        print(sum(name.startswith("thalweg") for name in names))
        """
        )
        code = code.replace("\n        ", "\n")
        assert int(python(code, THALWEG_NUM_THREADS=str(threads)).stdout) == helpers


def in_threads(count, work):
    """Run work(i) on `count` Python threads at once; returns what they returned."""
    results, start = [None] * count, threading.Barrier(count)

    def run(i):
        start.wait()
        results[i] = work(i)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_products_at_once():
    a, b = normal(1, (500, 500), "f"), normal(2, (500, 500), "f")
    expected = bits(linalg.matmul(a, b))
    thalweg.set_num_threads(2)
    results = in_threads(4, lambda i: [bits(linalg.matmul(a, b)) for _ in range(10)])
    assert all(result == expected for many in results for result in many)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_fits_at_once(solver):
    X, y = normal(1, (3000, 60), "f"), np.arange(3000) % 3
    thalweg.set_num_threads(2)

    def fit(seed):
        model = MLPClassifier((400,), solver=solver, max_iter=5, random_state=seed)
        return [bits(coef) for coef in model.fit(X, y).coefs_]

    assert in_threads(3, fit) == [fit(seed) for seed in range(3)]


def test_the_interpreter_is_free_meanwhile():
    X, y = normal(1, (4000, 100), "f"), np.arange(4000) % 2
    model = MLPClassifier((200, 200), max_iter=15, tol=0, random_state=0)
    fit = threading.Thread(target=model.fit, args=(X, y))
    began, ticks = time.perf_counter(), 0
    fit.start()
    while fit.is_alive():
        time.sleep(0.001)
        ticks += 1
    elapsed = time.perf_counter() - began
    # A thread that has to wait for the whole fit would tick a few times at its ends.
    assert ticks > 20 * elapsed
    assert model.n_iter_ == 15
