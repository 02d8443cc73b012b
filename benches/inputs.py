"""Time predictions, and training on inputs of many kinds, beside scikit-learn; see README.md.

Prints a Markdown table of medians and ratios, and writes every sample as JSON.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from typing import Any

from inputs_worker import WORKLOADS

from compare import PAUSE_SECONDS, Worker, command_line, duration, processor

LIBRARIES = ["thalweg", "scikit-learn"]


def measure(name: str, dtype: str, runs: int, threads: int) -> dict[str, Any]:
    """Measure one workload: the libraries take turns, after a warm-up of their own."""
    workers = [
        Worker(library, ["inputs_worker.py", library, name, dtype], threads)
        for library in LIBRARIES
    ]
    samples: dict[str, list[float]] = {library: [] for library in LIBRARIES}
    try:
        for run in range(runs + 1):
            for worker in workers:
                time.sleep(PAUSE_SECONDS)
                seconds = worker.ask("call")["seconds"]
                if run > 0:
                    samples[worker.library].append(seconds)
    finally:
        for worker in workers:
            worker.close()
    return {"workload": name, "dtype": dtype, "samples": samples}


def row_of(result: dict[str, Any]) -> str:
    """Return one row of the table."""
    ours, theirs = (statistics.median(result["samples"][library]) for library in LIBRARIES)
    cells = [duration(ours), duration(theirs), f"{theirs / ours:.2f}x"]
    return f"| {' | '.join([result['workload'], result['dtype'], *cells])} |"


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, WORKLOADS, "inputs.json")
    arguments = parser.parse_args()
    if arguments.threads < 1:
        parser.error(f"--threads must be at least 1, got {arguments.threads}")
    runs, threads = 3 if arguments.quick else 7, arguments.threads
    results = []
    for name in arguments.workload or WORKLOADS:
        for dtype in WORKLOADS[name].dtypes:
            if dtype in (arguments.dtype or [dtype]):
                print(f"measuring {name}, {dtype} …", file=sys.stderr, flush=True)
                results.append(measure(name, dtype, runs, threads))
    machine = {"processor": processor(), "system": platform.platform(), "threads": threads}
    print(f"{machine['processor']}, {threads} threads, medians of {runs}\n")
    print("| workload | dtype | thalweg | scikit-learn | ratio |\n|---|---|---|---|---|")
    print("\n".join(map(row_of, results)))
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine, "python": platform.python_version(), "results": results}
    arguments.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"\nevery sample: {arguments.output}")


if __name__ == "__main__":
    main()
