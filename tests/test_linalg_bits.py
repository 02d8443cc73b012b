"""The same bits for any number of threads, and on every CPU path."""

import pytest
from batteries import elsewhere, on_one_thread
from linalg_battery import battery

import thalweg
from thalweg import _core


@pytest.fixture(scope="module")
def expected():
    yield from on_one_thread(battery)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_any_number_of_threads(threads, expected):
    thalweg.set_num_threads(threads)
    assert battery() == expected


@pytest.mark.parametrize("isa", _core.available_isas())
def test_every_cpu_path(isa, expected):
    assert elsewhere("linalg_battery.py", THALWEG_ISA=isa) == expected
