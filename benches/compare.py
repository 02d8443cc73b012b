"""Time an epoch and a one-row prediction beside the peers; benches/README.md says how.

Prints two Markdown tables of medians and ratios, and writes every sample as JSON.
"""

from __future__ import annotations

import json
import statistics
import sys
from typing import Any

import products
from harness import (
    Worker,
    choose_workloads,
    command_line,
    duration,
    has_torch,
    heading,
    parse,
    table,
    write,
)
from workloads import WORKLOADS, Workload

GRID = "grid"  # the products of products.py, one workload more
PEERS = ("scikit-learn", *(("PyTorch", "PyTorch fused") if has_torch() else ()))


def measure(
    workload: Workload, dtype: str, peers: tuple[str, ...], runs: int, threads: int
) -> dict[str, Any]:
    """Measure one workload: every library takes one turn per run, after a warm-up of its own."""
    libraries = ("thalweg", *peers)
    workers = [
        Worker(library, ["worker.py", library, workload.name, dtype], threads)
        for library in libraries
    ]
    try:
        results = {worker.library: {"about": worker.ask("about")} for worker in workers}
        peaks: list[float] = []
        for command in ("fit", "predict"):
            samples: dict[str, list[float]] = {library: [] for library in libraries}
            for run in range(runs + 1):
                for worker in workers:
                    answer = worker.ask(command)
                    if run > 0:
                        samples[worker.library].append(answer["seconds"])
                    if command == "fit":
                        results[worker.library]["loss"] = answer["loss"]
                        # Where others use the machine as well, rate and peak fall together.
                        if worker.library == "thalweg" and run > 0:
                            peaks.append(worker.ask("peak"))
            for library, seconds in samples.items():
                results[library][command] = {
                    "median": statistics.median(seconds),
                    "samples": seconds,
                }
    finally:
        for worker in workers:
            worker.close()
    ours = results["thalweg"]
    flops = workload.flops_per_epoch()
    ours["flops"] = flops / ours["fit"]["median"]
    ours["of_peak"] = statistics.median(
        flops / seconds / peak for seconds, peak in zip(ours["fit"]["samples"], peaks, strict=True)
    )
    return {"workload": workload.name, "dtype": dtype, "libraries": results}


def row_of(result: dict[str, Any], command: str) -> list[str]:
    """Return one table row: our time, then each peer's time and how many times ours that is."""
    measured = result["libraries"]
    ours = measured["thalweg"][command]["median"]
    row = [result["workload"], result["dtype"], duration(ours)]
    for library in list(measured)[1:]:
        theirs = measured[library][command]["median"]
        row += [duration(theirs), f"{theirs / ours:.2f}x"]
    if command == "fit":
        rates = measured["thalweg"]
        row += [f"{rates['flops'] / 1e9:.1f}", f"{rates['of_peak']:.0%}"]
    return row


def report(results: list[dict[str, Any]], command: str) -> str:
    """Return a Markdown table of all results."""
    header = ["workload", "dtype", "thalweg"]
    for library in list(results[0]["libraries"])[1:]:
        header += [library, "ratio"]
    if command == "fit":
        header += ["GFLOP/s", "of FMA peak"]
    return table(header, (row_of(result, command) for result in results))


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "compare.json")
    choose_workloads(parser, [*WORKLOADS, GRID])
    parser.add_argument(
        "--bf16", action="store_true", help="thalweg with precision='bfloat16' takes turns too"
    )
    arguments = parse(parser)
    peers = (*(("thalweg bf16",) if arguments.bf16 else ()), *PEERS)
    names = arguments.workload or [*WORKLOADS, GRID]
    dtypes = arguments.dtype or ["float32", "float64"]
    runs, threads = arguments.runs, arguments.threads

    results = []
    for dtype in dtypes:
        for name in names:
            if name in WORKLOADS:
                print(f"measuring {name}, {dtype} …", file=sys.stderr, flush=True)
                results.append(measure(WORKLOADS[name], dtype, peers, runs, threads))
    print(f"{heading(threads)} of {runs}")
    if results:
        for library, measured in results[0]["libraries"].items():
            print(f"{library}: {json.dumps(measured['about'])}")
        print(f"\nOne epoch\n\n{report(results, 'fit')}")
        print(f"\nPredicting one row\n\n{report(results, 'predict')}", flush=True)
    for dtype in dtypes if GRID in names else []:
        print(f"measuring the {GRID}, {dtype} …", file=sys.stderr, flush=True)
        found = products.grid(dtype, products.GRID, runs, threads)
        print(f"\n{products.grid_summary(found)}", flush=True)
        results += found
    write(arguments.output, threads, results)


if __name__ == "__main__":
    main()
