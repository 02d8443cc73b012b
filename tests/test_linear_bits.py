"""Linear models: the same bits for any number of threads, and on every CPU path."""

import pytest
from batteries import VECTOR_ISAS, elsewhere, on_one_thread
from linear_battery import battery
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

import thalweg


@pytest.fixture(scope="module")
def expected():
    yield from on_one_thread(battery)


@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_threads(threads, expected):
    thalweg.set_num_threads(threads)
    assert battery() == expected


@pytest.mark.parametrize("isa", VECTOR_ISAS)
def test_every_cpu_path(isa, expected):
    assert elsewhere("linear_battery.py", THALWEG_ISA=isa) == expected


def test_whatever_vectors_numpy_has(expected):
    # What is computed by NumPy, such as means and scales, must not depend on its choice of a path.
    paths = " ".join(path for path in __cpu_dispatch__ if __cpu_features__[path])
    assert elsewhere("linear_battery.py", NPY_DISABLE_CPU_FEATURES=paths) == expected
