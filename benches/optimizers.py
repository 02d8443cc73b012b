"""Time a step of each elementwise optimizer beside moving its bytes; benches/README.md says how.

Prints a Markdown table of medians and ratios, and writes every number as JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from compare import PAUSE_SECONDS, Worker, cores, duration, processor

HERE = Path(__file__).parent
LARGE = 10_000_000  # parameters: from here on a turn is short, and the noise of small times is far
Result = dict[str, Any]


def elementwise() -> list[str]:
    """Return the names of the optimizers that move an element by itself, from its gradient."""
    from thalweg._core import optimizer_traits
    from thalweg.optimizers import all_optimizers

    names = []
    for optimizer in all_optimizers():
        traits = optimizer_traits(optimizer().to_config())
        by_gradient = not (traits["closure"] or traits["rows"] or traits["curvature"])
        if traits["scope"] == "element" and by_gradient:
            names.append(optimizer.__name__)
    return names


def measure(name: str, size: int, runs: int, workers: list[Worker]) -> Result:
    """Measure an optimizer: every way of stepping takes one turn a run, after one not counted."""
    ways = []
    result: Result = {"optimizer": name, "size": size}
    for worker in workers:
        about = worker.ask(f"prepare {name} {size}")
        ways += [(worker, way) for way in about["ways"]]
        result |= {"bytes": about["bytes"]} if about["bytes"] else {}
    steps = 5 if size < LARGE else 2
    samples: dict[str, list[float]] = {way: [] for _, way in ways}
    last = workers[-1]
    for run in range(runs + 1):
        for worker, way in ways:
            if worker is not last:
                time.sleep(PAUSE_SECONDS)
            last = worker
            # The first step of a turn wakes threads and finds cold caches.
            seconds = worker.ask(f"time {steps} {way}")[1:]
            samples[way] += seconds if run > 0 else []
    result["seconds"] = {way: statistics.median(taken) for way, taken in samples.items()}
    return result


def row_of(result: Result) -> list[str]:
    """Return one row of the table: our time, and ratios."""
    seconds = result["seconds"]
    ours = seconds["unchecked"]
    copy = min(seconds[way] for way in ("copy", "copy by all") if way in seconds)
    ratios = [ours / copy]
    ratios += [seconds[way] / ours if way in seconds else None for way in ("checked", "forty")]
    ratios += [seconds[way] / ours if way in seconds else None for way in ("default", "fused")]
    cells = ["" if ratio is None else f"{ratio:.2f}x" for ratio in ratios]
    return [result["optimizer"], f"{result['size']:.0e}", duration(ours), *cells]


def table(results: list[Result]) -> str:
    """Return the Markdown table."""
    head = ["optimizer", "parameters", "step", "of a copy", "checked", "forty small"]
    head += ["torch", "torch fused"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(row_of(result))} |" for result in results]
    return "\n".join(lines)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--optimizer", action="append", help="this one (repeat; default: all)")
    parser.add_argument(
        "--size", action="append", type=float, help="parameters (repeat; default: 1e6; try 1e8)"
    )
    parser.add_argument("--runs", type=int, default=5, help="turns of each, of several steps")
    parser.add_argument("--threads", type=int, default=cores(), help="threads of every library")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "optimizers.json")
    arguments = parser.parse_args()
    if min(arguments.threads, arguments.runs, *(arguments.size or [1])) < 1:
        parser.error("--threads, --runs and --size must be at least 1")
    return arguments


def main() -> None:
    """Measure, print, write."""
    arguments = parse_arguments()
    sizes = [int(size) for size in arguments.size or [1e6]]
    threads = arguments.threads
    libraries = ["thalweg", *(["PyTorch"] if importlib.util.find_spec("torch") else [])]
    workers = [
        Worker(library, ["optimizer_worker.py", library, str(threads)], threads)
        for library in libraries
    ]
    results = []
    try:
        for size in sizes:
            for name in arguments.optimizer or elementwise():
                print(f"measuring {name}, {size:.0e} parameters …", file=sys.stderr, flush=True)
                results.append(measure(name, size, arguments.runs, workers))
    finally:
        for worker in workers:
            worker.close()
    machine = {"processor": processor(), "system": platform.platform(), "threads": threads}
    print(f"{machine['processor']}, {threads} threads, medians\n\n{table(results)}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine, "python": platform.python_version(), "results": results}
    arguments.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"\nevery number: {arguments.output}")


if __name__ == "__main__":
    main()
