"""Time predictions, and training on inputs of many kinds, beside scikit-learn; see README.md.

Prints a Markdown table of medians and ratios, and writes every sample as JSON.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from harness import (
    Worker,
    choose_workloads,
    command_line,
    duration,
    heading,
    parse,
    table,
    take_turns,
    write,
)
from inputs_worker import WORKLOADS

LIBRARIES = ["thalweg", "scikit-learn"]


def measure(name: str, dtype: str, runs: int, threads: int) -> dict[str, Any]:
    """Measure one workload: the libraries take turns, after a warm-up of their own."""
    workers = [
        Worker(library, ["inputs_worker.py", library, name, dtype], threads)
        for library in LIBRARIES
    ]
    try:
        samples = take_turns(workers, lambda worker: worker.ask("call")["seconds"], runs)
    finally:
        for worker in workers:
            worker.close()
    return {"workload": name, "dtype": dtype, "samples": samples}


def row_of(result: dict[str, Any]) -> list[str]:
    """Return one row of the table."""
    ours, theirs = (statistics.median(result["samples"][library]) for library in LIBRARIES)
    cells = [duration(ours), duration(theirs), f"{theirs / ours:.2f}x"]
    return [result["workload"], result["dtype"], *cells]


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "inputs.json")
    choose_workloads(parser, WORKLOADS)
    arguments = parse(parser)
    results = []
    for name in arguments.workload or WORKLOADS:
        for dtype in WORKLOADS[name].dtypes:
            if dtype in (arguments.dtype or [dtype]):
                print(f"measuring {name}, {dtype} …", file=sys.stderr, flush=True)
                results.append(measure(name, dtype, arguments.runs, arguments.threads))
    print(f"{heading(arguments.threads)} of {arguments.runs}\n")
    header = ["workload", "dtype", "thalweg", "scikit-learn", "ratio"]
    print(table(header, map(row_of, results)))
    write(arguments.output, arguments.threads, results)


if __name__ == "__main__":
    main()
