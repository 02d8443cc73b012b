"""Data that does not fit in memory: blocks of it through partial_fit, while memory stays flat."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.sparse import csr_array, save_npz

WORKER = Path(__file__).parent / "streaming_worker.py"
BLOCKS = 20


def write_csr(directory):
    rng = np.random.default_rng(0)
    rows, features, stored = 20_000, 2000, 40
    teacher = rng.normal(size=features)
    indptr = np.arange(rows + 1, dtype=np.int32) * stored
    for block in range(BLOCKS):
        # Sorted and without duplicates: one in each fiftieth part of the features.
        indices = np.arange(stored) * 50 + rng.integers(50, size=(rows, stored))
        data = rng.normal(size=rows * stored)
        X = csr_array((data, indices.astype(np.int32).ravel(), indptr), (rows, features))
        save_npz(directory / f"{block:02}.npz", X, compressed=False)
        np.save(directory / f"{block:02}.npy", (X @ teacher > 0).astype(int))


def write_parquet(directory):
    rng = np.random.default_rng(0)
    rows, features = 20_000, 60
    teacher = rng.normal(size=features)
    schema = pa.schema([*((f"x{i}", pa.float64()) for i in range(features)), ("y", pa.int64())])
    with pq.ParquetWriter(directory / "table.parquet", schema, compression="none") as writer:
        for _ in range(BLOCKS):
            X = rng.normal(size=(rows, features))
            writer.write_table(pa.table([*X.T, (X @ teacher > 0).astype(int)], schema=schema))


@pytest.mark.skipif(sys.platform == "win32", reason="tells no peak of a process's memory")
@pytest.mark.parametrize(("kind", "write"), [("csr", write_csr), ("parquet", write_parquet)])
def test_memory_stays_flat(kind, write, tmp_path):
    write(tmp_path)
    done = subprocess.run(
        [sys.executable, str(WORKER), kind, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    size, growth, score = map(float, done.stdout.split())
    assert size > 180e6
    # A few blocks of 10 MB at most, whatever the allocators keep for later.
    assert growth < size / 3
    assert score > 0.9
