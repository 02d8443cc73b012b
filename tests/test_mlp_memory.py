"""No second copy of X: a matrix in a file is trained on in little more memory than the model's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

WORKER = Path(__file__).parent / "memory_worker.py"
SPARE = 64e6
SIZE = 240_000_000  # bytes of the file
FEATURES = 400

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="RssAnon is Linux's")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A file of small numbers in whatever dtype it is read."""
    path = tmp_path_factory.mktemp("memory") / "matrix"
    # Bytes below 64: no infinity and no NaN in any float, and no large number.
    block = np.random.default_rng(0).integers(0, 64, 1_000_000, dtype=np.uint8).tobytes()
    with path.open("wb") as out:
        for _ in range(SIZE // len(block)):
            out.write(block)
    yield path
    path.unlink()


def run(*arguments):
    done = subprocess.run(
        [sys.executable, str(WORKER), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return map(int, done.stdout.split())


# The converted copy of each would take 240 MB or more.
@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("MLPRegressor", "float64"),
        ("MLPRegressor", "float32 fortran"),
        ("MLPClassifier", "uint16"),
        ("MLPRegressor", ">i4 frame"),
    ],
)
def test_a_matrix_in_a_file(model, kind, file):
    itemsize = np.dtype(kind.split()[0]).itemsize
    rows = SIZE // FEATURES // itemsize
    fit, predict, size = run(model, kind, file, rows, FEATURES)
    assert fit < 1.2 * size + SPARE
    # The outputs, and the labels of the outputs.
    assert predict < 2 * 8 * rows + SPARE


def test_a_sparse_matrix():
    rows, features = 100_000, 4000  # 3.2 GB, if it were dense
    fit, predict, size = run("MLPRegressor", "csr", "-", rows, features)
    assert fit < 1.2 * size + SPARE
    assert predict < 2 * 8 * rows + SPARE
