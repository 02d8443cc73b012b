"""Linear models: the same bits for any number of threads, and on every CPU path."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from linear_battery import battery

import thalweg
from thalweg import _core

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def expected():
    before = thalweg.get_num_threads()
    thalweg.set_num_threads(1)
    yield battery()
    thalweg.set_num_threads(before)


@pytest.mark.parametrize("threads", [2, 5])
def test_any_number_of_threads(threads, expected):
    thalweg.set_num_threads(threads)
    assert battery() == expected


@pytest.mark.parametrize("isa", _core.available_isas())
def test_every_cpu_path(isa, expected):
    run = subprocess.run(
        [sys.executable, HERE / "linear_battery.py"],
        env={**os.environ, "THALWEG_ISA": isa, "THALWEG_NUM_THREADS": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == expected
