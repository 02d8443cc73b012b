"""Training where others work too: on busy cores, and eight fits at once; see benches/README.md.

Prints Markdown tables of medians and ratios, and writes every sample as JSON.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from operator import methodcaller
from typing import Any

from harness import (
    Worker,
    choose_dtypes,
    command_line,
    cores,
    duration,
    has_torch,
    heading,
    parse,
    table,
    take_turns,
    write,
)
from workloads import WORKLOADS

Result = dict[str, Any]

LIBRARIES = ("thalweg", "scikit-learn", *(("PyTorch fused",) if has_torch() else ()))
BUSY = "busy"  # a fit while every core has other work as well
COMMANDS = ("fit", BUSY, "one by one", "threads", "joblib")


def busy_fit(worker: Worker) -> float:
    """Time a fit while another process works on every core."""
    loop = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(loop) for _ in range(cores())]
    try:
        return float(worker.ask("fit"))
    finally:
        for other in others:
            other.kill()
            other.wait()


def measure(name: str, dtype: str, libraries: list[str], fits: int, runs: int) -> Result:
    """Measure one workload: every library takes one turn per run, after a warm-up of its own."""
    arguments = [name, dtype, str(fits)]
    # Threads as the libraries choose them: that is what meets in one process, or under joblib.
    workers = [
        Worker(library, ["robust_worker.py", library, *arguments], None) for library in libraries
    ]
    seconds: Result = {library: {} for library in libraries}
    try:
        for command in COMMANDS:
            ask = busy_fit if command == BUSY else methodcaller("ask", command)
            for library, taken in take_turns(workers, ask, runs).items():
                seconds[library][command] = {"median": statistics.median(taken), "samples": taken}
    finally:
        for worker in workers:
            worker.close()
    return {"workload": name, "dtype": dtype, "fits": fits, "libraries": seconds}


def rows_of(result: Result) -> list[list[str]]:
    """Return a table row for each library: medians, and what they are of the undisturbed time."""
    rows = []
    for library, seconds in result["libraries"].items():
        alone, busy, one_by_one, threads, joblib = (
            seconds[command]["median"] for command in COMMANDS
        )
        row = [result["workload"], result["dtype"], library, duration(alone)]
        row += [f"{busy / alone:.2f}x", duration(one_by_one)]
        rows.append([*row, f"{threads / one_by_one:.2f}x", f"{joblib / one_by_one:.2f}x"])
    return rows


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "robust.json")
    choose_dtypes(parser)
    parser.add_argument("--workload", action="append", choices=list(WORKLOADS), help="(repeat)")
    parser.add_argument("--library", action="append", choices=LIBRARIES, help="(repeat)")
    parser.add_argument("--fits", type=int, default=8, help="fits at once")
    parser.add_argument("--runs", type=int, default=3, help="turns of each library")
    arguments = parse(parser)
    if arguments.fits < 1:
        parser.error(f"--fits must be at least 1, got {arguments.fits}")
    results = []
    for dtype in arguments.dtype or ["float32"]:
        for name in arguments.workload or ["digits", "tab-256x3"]:
            print(f"measuring {name}, {dtype} …", file=sys.stderr, flush=True)
            libraries = arguments.library or list(LIBRARIES)
            results.append(measure(name, dtype, libraries, arguments.fits, arguments.runs))
    header = ["workload", "dtype", "library", "a fit", "on busy cores", "one by one"]
    header += ["in threads", "under joblib"]
    rows = [row for result in results for row in rows_of(result)]
    print(f"{heading(cores())} of {arguments.runs}\n\n{table(header, rows)}")
    write(arguments.output, cores(), results)


if __name__ == "__main__":
    main()
