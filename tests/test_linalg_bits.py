"""The same bits for any number of threads, and on every CPU path."""

import pytest
from batteries import VECTOR_ISAS, elsewhere, on_one_thread
from linalg_battery import battery

import thalweg


@pytest.fixture(scope="module")
def expected():
    yield from on_one_thread(battery)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_any_number_of_threads(threads, expected):
    thalweg.set_num_threads(threads)
    assert battery() == expected


@pytest.mark.parametrize("isa", VECTOR_ISAS)
def test_every_cpu_path(isa, expected):
    assert elsewhere("linalg_battery.py", THALWEG_ISA=isa) == expected
