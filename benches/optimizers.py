"""Time a step of each elementwise optimizer beside moving its bytes; benches/README.md says how.

Prints a Markdown table of medians and ratios, and writes every number as JSON.
"""

from __future__ import annotations

import statistics
import sys
from typing import Any

from harness import Worker, command_line, duration, has_torch, heading, parse, table, write

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
    for run in range(runs + 1):
        for worker, way in ways:
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


def main() -> None:
    """Measure, print, write."""
    parser = command_line(__doc__, "optimizers.json")
    parser.add_argument("--optimizer", action="append", help="this one (repeat; default: all)")
    parser.add_argument(
        "--size", action="append", type=float, help="parameters (repeat; default: 1e6; try 1e8)"
    )
    parser.add_argument("--runs", type=int, default=5, help="turns of each, of several steps")
    arguments = parse(parser)
    if min(arguments.size or [1]) < 1:
        parser.error(f"--size must be at least 1, got {min(arguments.size)}")
    sizes = [int(size) for size in arguments.size or [1e6]]
    threads = arguments.threads
    libraries = ["thalweg", *(["PyTorch"] if has_torch() else [])]
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
    header = ["optimizer", "parameters", "step", "of a copy", "checked", "forty small"]
    header += ["torch", "torch fused"]
    print(f"{heading(threads)}\n\n{table(header, map(row_of, results))}")
    write(arguments.output, threads, results)


if __name__ == "__main__":
    main()
