"""Trains on files that are larger together than what it may take of memory; test_streaming runs it.

``streaming_worker.py csr|parquet directory`` prints the bytes of the data, by how many bytes the
peak of this process's memory has grown while learning, and the score.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from scipy.sparse import load_npz

from thalweg import SGDClassifier


def csr_blocks(directory: Path) -> Iterator[tuple[Any, Any]]:
    for path in sorted(directory.glob("*.npz")):
        yield load_npz(path), np.load(path.with_suffix(".npy"))


def parquet_batches(directory: Path) -> Iterator[tuple[Any, Any]]:
    # Not read ahead: the buffers would hold the file in the end.
    file = pq.ParquetFile(directory / "table.parquet", pre_buffer=False)
    for batch in file.iter_batches(batch_size=20_000):
        *features, labels = batch.columns
        yield np.column_stack(features), labels.to_numpy()


def peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    kind, directory = sys.argv[1], Path(sys.argv[2])
    blocks = {"csr": csr_blocks, "parquet": parquet_batches}[kind](directory)
    model = SGDClassifier(solver="Adam", batch_size=256, random_state=0)
    held_back = next(blocks)
    # The first block warms up whatever is loaded and allocated once.
    model.partial_fit(*next(blocks), classes=[0, 1])
    before = peak()
    for X, y in blocks:
        model.partial_fit(X, y)
    size = sum(path.stat().st_size for path in directory.iterdir())
    print(size, peak() - before, model.score(*held_back))


if __name__ == "__main__":
    main()
