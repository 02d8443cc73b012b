"""Matrix products beside the FMA limit, and beside NumPy and PyTorch; benches/README.md says how.

Prints Markdown tables, and writes every number as JSON.
"""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
from typing import Any

import numpy as np

from harness import (
    HERE,
    Worker,
    choose_dtypes,
    command_line,
    duration,
    has_torch,
    heading,
    parse,
    table,
    write,
)

Result = dict[str, Any]

LAYOUTS = ("NN", "TN", "NT")
GRID = 200  # products
LARGEST = (2048, 4096, 4096)  # m, k, n
TIE = 0.95  # of a peer's speed, from which on a product counts as not slower
SHOWN = 10  # slowest products of the grid in the table


def limits() -> list[Result]:
    """Return the fractions of the FMA peak that the kernels reach, called from Rust."""
    command = ["cargo", "bench", "--quiet", "-p", "thalweg-kernels", "--bench", "products"]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def limits_table(results: list[Result]) -> str:
    """Return fractions of the FMA peak as Markdown."""
    header = ["m x k x n", "layout", "dtype", "peak, GFLOP/s", "thalweg", "two threads"]
    header += ["gemmkit", "matrixmultiply"]
    rows = []
    for result in results:
        fractions = dict(result["fractions"])
        ours, two = fractions.pop("thalweg"), fractions.pop("thalweg on two")
        row = [" x ".join(map(str, result["shape"])), result["layout"], result["dtype"]]
        row += [f"{result['peak'] / 1e9:.0f}", f"{ours:.2f}", f"{two / ours:.2f}x"]
        rows.append([*row, *(f"{fractions[peer]:.2f}" for peer in header[-2:])])
    return table(header, rows)


def grid_shapes(count: int) -> list[tuple[int, int, int, str]]:
    """Draw the grid: sizes uniform in their logarithm, layouts in turns; the same at every call."""
    rng = np.random.default_rng(20260101)
    sizes = [np.exp(rng.random(count) * np.log(largest + 1)).astype(int) for largest in LARGEST]
    return [
        (int(m), int(k), int(n), LAYOUTS[i % len(LAYOUTS)])
        for i, (m, k, n) in enumerate(zip(*sizes, strict=True))
    ]


def grid(dtype: str, count: int, runs: int, threads: int) -> list[Result]:
    """Time every product of the grid, the libraries in turns."""
    libraries = ["thalweg", "NumPy", *(["PyTorch"] if has_torch() else [])]
    workers = [Worker(library, ["products_worker.py", library], threads) for library in libraries]
    results = []
    try:
        for m, k, n, layout in grid_shapes(count):
            samples: dict[str, list[float]] = {library: [] for library in libraries}
            for worker in workers:
                worker.ask(f"{m} {k} {n} {layout} {dtype}")
            for _ in range(runs):
                for worker in workers:
                    samples[worker.library].append(worker.ask("time"))
            medians = {library: statistics.median(taken) for library, taken in samples.items()}
            results.append(
                {"shape": [m, k, n], "layout": layout, "dtype": dtype, "seconds": medians}
            )
    finally:
        for worker in workers:
            worker.close()
    return results


def ratio(result: Result) -> float:
    """Return the time of the better peer over ours."""
    seconds = result["seconds"]
    return float(min(seconds[library] for library in list(seconds)[1:]) / seconds["thalweg"])


def grid_summary(results: list[Result]) -> str:
    """Sum a grid up: its geometric mean, and the products in which a peer is faster."""
    by_ratio = sorted(results, key=ratio)
    behind = [result for result in by_ratio if ratio(result) < TIE]
    mean = math.exp(statistics.fmean(math.log(ratio(result)) for result in results))
    libraries = list(results[0]["seconds"])
    rows = [
        [
            " x ".join(map(str, result["shape"])),
            result["layout"],
            *(duration(result["seconds"][library]) for library in libraries),
            f"{ratio(result):.2f}x",
        ]
        for result in by_ratio[:SHOWN]
    ]
    return (
        f"{len(results)} products in {results[0]['dtype']} against the better of"
        f" {' and '.join(libraries[1:])}: geometric mean {mean:.2f}x, median"
        f" {ratio(by_ratio[len(by_ratio) // 2]):.2f}x, slower by more than 5 % in"
        f" {len(behind)}; the last {len(rows)}:\n\n"
        + table(["m x k x n", "layout", *libraries, "ratio"], rows)
    )


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "products.json")
    choose_dtypes(parser)
    parser.add_argument("--only", choices=["limits", "grid"], help="measure this one of the two")
    parser.add_argument("--count", type=int, default=GRID, help="products of the grid")
    parser.add_argument("--runs", type=int, default=7, help="turns of each library")
    arguments = parse(parser)
    if arguments.count < 1:
        parser.error(f"--count must be at least 1, got {arguments.count}")
    print(heading(arguments.threads))
    results = []
    if arguments.only != "grid":
        print("measuring the kernels …", file=sys.stderr, flush=True)
        results += limits()
        print(f"\nFraction of the FMA peak of one thread\n\n{limits_table(results)}")
    if arguments.only != "limits":
        for dtype in arguments.dtype or ["float32", "float64"]:
            print(f"measuring the grid, {dtype} …", file=sys.stderr, flush=True)
            found = grid(dtype, arguments.count, arguments.runs, arguments.threads)
            print(f"\n{grid_summary(found)}", flush=True)
            results += found
    write(arguments.output, arguments.threads, results)


if __name__ == "__main__":
    main()
