"""How an epoch's time grows: with cores, rows, width, depth and batch; see docs/performance.md.

Prints Markdown tables, and writes every number as JSON.
"""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import replace
from typing import Any

import numpy as np

import thalweg
from harness import choose_dtypes, command_line, duration, parse, processor, table, write
from worker import ScikitLearnApi
from workloads import WORKLOADS, Workload

Result = dict[str, Any]

PREDICTED = (8, 32, 128)  # cores
# What grows: each is doubled from a network of the middle, the others staying as they are.
MIDDLE = Workload("scaling", 8192, 64, (256, 256), 10, 256, epochs=1)
GROWING = {
    "rows": [replace(MIDDLE, rows=rows) for rows in (4096, 8192, 16384, 32768)],
    "width": [replace(MIDDLE, hidden=(width, width)) for width in (128, 256, 512, 1024)],
    "depth": [replace(MIDDLE, hidden=(256,) * depth) for depth in (2, 4, 8, 16)],
    "batch": [replace(MIDDLE, batch=batch) for batch in (64, 128, 256, 512)],
}


def epochs(workload: Workload, dtype: str, threads: list[int], runs: int) -> dict[int, float]:
    """Return the least seconds of an epoch for each number of threads, in turns.

    The least, for what others do on the machine only slows it down, and a law is fitted to it.
    """
    model = ScikitLearnApi("thalweg", workload, *workload.load(dtype))
    samples: dict[int, list[float]] = {count: [] for count in threads}
    for run in range(runs + 1):
        for count in threads:
            thalweg.set_num_threads(count)
            start = time.perf_counter()
            model.fit()
            if run > 0:
                samples[count].append((time.perf_counter() - start) / workload.epochs)
    return {count: min(taken) for count, taken in samples.items()}


def cores_table(results: list[Result]) -> str:
    """Fit Amdahl's law, serial + parallel / cores, to one and two threads; say what it predicts."""
    header = ["workload", "dtype", "one thread", "two", "speed-up", "serial share"]
    rows = []
    for result in results:
        one, two = (result["seconds"][count] for count in (1, 2))
        serial = min(max(2 * two - one, 0.0), one)
        row = [result["workload"], result["dtype"], duration(one), duration(two)]
        row += [f"{one / two:.2f}x", f"{serial / one:.1%}"]
        rows.append(
            row + [f"{one / (serial + (one - serial) / count):.1f}x" for count in PREDICTED]
        )
    return table(header + [f"{count} cores" for count in PREDICTED], rows)


def growth_table(results: list[Result]) -> str:
    """Return the exponents of growth as Markdown."""
    header = ["grows", "dtype", "from", "to", "times", "exponent"]
    rows = []
    for result in results:
        times = ", ".join(duration(seconds) for seconds in result["seconds"])
        first, last = result["values"][0], result["values"][-1]
        row = [result["grows"], result["dtype"], str(first), str(last), times]
        rows.append([*row, f"{result['exponent']:.2f}"])
    return table(header, rows)


def value(grows: str, workload: Workload) -> int:
    """Return the number that grows."""
    match grows:
        case "width":
            return workload.hidden[0]
        case "depth":
            return len(workload.hidden)
        case _:
            return int(getattr(workload, grows))


def growth(grows: str, dtype: str, threads: int, runs: int) -> Result:
    """Measure an epoch while one number doubles, and the slope of its time in logarithms."""
    workloads = GROWING[grows]
    values = [value(grows, workload) for workload in workloads]
    seconds = [epochs(workload, dtype, [threads], runs)[threads] for workload in workloads]
    exponent = float(np.polyfit(np.log(values), np.log(seconds), 1)[0])
    return {
        "grows": grows,
        "dtype": dtype,
        "values": values,
        "seconds": seconds,
        "exponent": exponent,
    }


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "scaling.json")
    choose_dtypes(parser)
    parser.add_argument("--only", choices=["cores", "growth"], help="measure this one of the two")
    parser.add_argument("--workload", action="append", choices=list(WORKLOADS), help="(repeat)")
    parser.add_argument("--runs", type=int, default=5, help="epochs of each")
    arguments = parse(parser)
    # max_iter is reached on purpose.
    warnings.simplefilter("ignore")
    print(f"{processor()}, best of {arguments.runs}")
    results: list[Result] = []
    for dtype in arguments.dtype or ["float32"]:
        if arguments.only != "growth":
            scaled = []
            for name in arguments.workload or WORKLOADS:
                print(f"measuring {name}, {dtype} …", file=sys.stderr, flush=True)
                seconds = epochs(WORKLOADS[name], dtype, [1, 2], arguments.runs)
                scaled.append({"workload": name, "dtype": dtype, "seconds": seconds})
            print(f"\nCores\n\n{cores_table(scaled)}", flush=True)
            results += scaled
        if arguments.only != "cores":
            grown = []
            for grows in GROWING:
                print(f"measuring growing {grows}, {dtype} …", file=sys.stderr, flush=True)
                grown.append(growth(grows, dtype, arguments.threads, arguments.runs))
            print(f"\nGrowth\n\n{growth_table(grown)}", flush=True)
            results += grown
    write(arguments.output, arguments.threads, results)


if __name__ == "__main__":
    main()
