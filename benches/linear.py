"""Time linear models beside scikit-learn; benches/README.md says how.

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
from linear_worker import WORKLOADS

Result = dict[str, Any]


def measure(name: str, dtype: str, scale: float, runs: int, threads: int) -> Result:
    """Measure one workload: the libraries take turns, after a warm-up of their own."""
    workload = WORKLOADS[name]
    libraries = ["thalweg", *(["scikit-learn"] if workload.has_peer else [])]
    arguments = [name, dtype, str(scale)]
    workers = [
        Worker(library, ["linear_worker.py", library, *arguments], threads) for library in libraries
    ]
    try:
        samples = take_turns(workers, lambda worker: worker.ask("fit"), runs)
    finally:
        for worker in workers:
            worker.close()
    medians = {
        library: {key: statistics.median(answer[key] for answer in answers) for key in answers[0]}
        for library, answers in samples.items()
    }
    return {"workload": name, "dtype": dtype, "medians": medians, "samples": samples}


def row_of(result: Result) -> list[str]:
    """Return one row of the table."""
    ours, theirs = result["medians"]["thalweg"], result["medians"].get("scikit-learn")
    row = [result["workload"], result["dtype"], duration(ours["seconds"])]
    if theirs is None:
        rate = ours["bytes"] / ours["seconds"]
        shares = (
            f"{rate / ours[way]:.0%} of {ours[way] / 1e9:.1f} GB/s ({way})"
            for way in ("order", "random")
        )
        return [*row, "", "", ", ".join(shares)]
    ratio = f"{theirs['seconds'] / ours['seconds']:.2f}x"
    return [*row, duration(theirs["seconds"]), ratio, f"{ours['score']:.4f}, {theirs['score']:.4f}"]


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "linear.json")
    choose_workloads(parser, WORKLOADS)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows to take")
    arguments = parse(parser)
    if not 0 < arguments.scale <= 1:
        parser.error(f"--scale must be in (0, 1], got {arguments.scale}")
    runs, threads = arguments.runs, arguments.threads
    results = []
    for name in arguments.workload or WORKLOADS:
        for dtype in WORKLOADS[name].dtypes:
            if dtype in (arguments.dtype or [dtype]):
                print(f"measuring {name}, {dtype} …", file=sys.stderr, flush=True)
                results.append(measure(name, dtype, arguments.scale, runs, threads))
    header = ["workload", "dtype", "thalweg", "scikit-learn", "ratio", "scores, or rate"]
    print(f"{heading(threads)} of {runs}\n\n{table(header, map(row_of, results))}")
    write(arguments.output, threads, results)


if __name__ == "__main__":
    main()
