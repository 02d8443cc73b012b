"""Time to a test accuracy on real images: Fashion-MNIST, or MNIST's; benches/README.md says how.

Prints a Markdown table of medians, and writes every sample as JSON.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from harness import (
    HERE,
    Worker,
    command_line,
    duration,
    has_torch,
    heading,
    parse,
    table,
    write,
)

sys.path.insert(0, str(HERE.parent / "examples"))
from fashion_mnist import DEBIAN, load_images

Result = dict[str, Any]

DTYPE = "float32"


def libraries() -> list[str]:
    """Return those that can take part."""
    peers = ["scikit-learn", *(["PyTorch"] if has_torch() else [])]
    return ["thalweg", "thalweg bfloat16", *peers]


def measure(images: Path, target: float, runs: int, threads: int) -> list[Result]:
    """Train every library to the accuracy, in turns; what is cold at first is one step of many."""
    workers = [
        Worker(library, ["real_data_worker.py", library, str(images), str(target)], threads)
        for library in libraries()
    ]
    samples: dict[str, list[Result]] = {worker.library: [] for worker in workers}
    try:
        for _ in range(runs):
            for worker in workers:
                samples[worker.library].append(worker.ask("fit"))
    finally:
        for worker in workers:
            worker.close()
    return [
        {
            "library": library,
            "samples": taken,
            "median": statistics.median(sample["seconds"] for sample in taken),
        }
        for library, taken in samples.items()
    ]


def rows_of(results: list[Result], target: float) -> list[list[str]]:
    """Return a row of the table for each library."""
    ours = results[0]["median"]
    rows = []
    for result in results:
        last = result["samples"][-1]
        reached = last["accuracy"] >= target
        row = [result["library"], duration(result["median"]) if reached else "not reached"]
        row += [str(last["epochs"]), duration(result["median"] / last["epochs"])]
        rows.append([*row, f"{last['accuracy']:.4f}", f"{result['median'] / ours:.2f}x"])
    return rows


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "real_data.json")
    parser.add_argument("--data", type=Path, default=DEBIAN, help="directory of the IDX files")
    parser.add_argument("--target", type=float, help="accuracy (default: 0.88; digits 0.94)")
    parser.add_argument("--rows", type=int, help="images to train on (default: all)")
    parser.add_argument("--runs", type=int, default=3, help="turns of each library")
    arguments = parse(parser)
    if arguments.rows is not None and arguments.rows < 1:
        parser.error(f"--rows must be at least 1, got {arguments.rows}")
    what, parts = load_images(arguments.data)
    rows = arguments.rows or len(parts[0])
    parts = [parts[0][:rows], parts[1], parts[2][:rows], parts[3]]
    target = arguments.target
    if target is None:
        target = 0.88 if what.startswith("Fashion") else 0.94

    with tempfile.TemporaryDirectory() as directory:
        images = Path(directory) / "images.npz"
        np.savez(images, *parts)  # arr_0 to arr_3
        results = measure(images, target, arguments.runs, arguments.threads)
    about = f"{what}, {len(parts[0])} images, {DTYPE}, to a test accuracy of {target}"
    header = ["library", "training", "epochs", "an epoch", "test accuracy", "times ours"]
    print(f"{about}\n{heading(arguments.threads)} of {arguments.runs}\n")
    print(table(header, rows_of(results, target)))
    write(arguments.output, arguments.threads, results)


if __name__ == "__main__":
    main()
