"""Runs of a battery: a function that returns results by name, and a script that prints them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import thalweg
from thalweg import _core

# The paths that differ in more than products of bf16 operands.
VECTOR_ISAS = [isa for isa in _core.available_isas() if isa not in ("avx512bf16", "amx")]


def on_one_thread(battery):
    """Yield the results of one thread, and put the number of threads back."""
    before = thalweg.get_num_threads()
    thalweg.set_num_threads(1)
    yield battery()
    thalweg.set_num_threads(before)


def elsewhere(script, **environment):
    """Return the results of the script in a process of its own, on three threads."""
    run = subprocess.run(
        [sys.executable, Path(__file__).parent / script],
        env={**os.environ, "THALWEG_NUM_THREADS": "3", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(run.stdout)
