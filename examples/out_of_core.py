"""Train on more data than memory holds: sparse blocks from files, and batches from Parquet.

Each block is read, learned from, and dropped. Needs pyarrow for the second part.
"""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy.sparse import load_npz, random_array, save_npz

from thalweg import SGDClassifier, SGDRegressor
from thalweg.optimizers import Adam

rng = np.random.default_rng(0)
BLOCKS, ROWS = 20, 2000

with tempfile.TemporaryDirectory() as directory:
    # Sparse rows, as a text vectoriser makes them, in one file a block.
    teacher = rng.normal(size=5000)
    for block in range(BLOCKS):
        X = random_array((ROWS, 5000), density=0.01, format="csr", rng=rng)
        labels = np.where(X @ teacher > 0, "ham", "spam")
        save_npz(Path(directory) / f"{block:02}.npz", X, compressed=False)
        np.save(Path(directory) / f"{block:02}.npy", labels)

    classifier = SGDClassifier(loss="log_loss", solver=Adam(lr=0.02), batch_size=64)
    *training, last = sorted(Path(directory).glob("*.npz"))
    for path in training:
        labels = np.load(path.with_suffix(".npy"))
        classifier.partial_fit(load_npz(path), labels, classes=["ham", "spam"])
    accuracy = classifier.score(load_npz(last), np.load(last.with_suffix(".npy")))
    print(f"sparse blocks: accuracy {accuracy:.3f} on a block never seen")

    # A table in one Parquet file, written and read batch by batch.
    names = [f"x{i}" for i in range(10)]
    schema = pa.schema([(name, pa.float32()) for name in [*names, "price"]])
    weights = rng.normal(size=10)
    table = Path(directory) / "table.parquet"
    with pq.ParquetWriter(table, schema) as writer:
        for _ in range(BLOCKS):
            X = rng.normal(size=(ROWS, 10)).astype(np.float32)
            columns = [*X.T, (X @ weights + 0.1 * rng.normal(size=ROWS)).astype(np.float32)]
            writer.write_table(pa.table(columns, schema=schema))

    regressor = SGDRegressor(loss="huber", epsilon=1.0, solver=Adam(lr=0.01), batch_size=32)
    # Reading ahead, which is the default, would hold the whole file in the end.
    file = pq.ParquetFile(table, pre_buffer=False)
    for batch in file.iter_batches(batch_size=ROWS):
        X = np.column_stack([batch[name] for name in names])
        regressor.partial_fit(X, batch["price"].to_numpy())
    print(
        f"Parquet batches: largest error of a weight {np.abs(regressor.coef_ - weights).max():.3f}"
    )
