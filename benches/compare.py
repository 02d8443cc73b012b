"""Time an epoch and a one-row prediction beside the peers; benches/README.md says how.

Prints two Markdown tables of medians and ratios, and writes every sample as JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workloads import WORKLOADS, Workload

HERE = Path(__file__).parent
PEERS = {"scikit-learn": "sklearn", "PyTorch": "torch"}  # name -> module
# After its turn a library's threads may spin for a while (OpenMP: 0.2 s); the next one would pay.
PAUSE_SECONDS = 0.3


def cores() -> int:
    """Count the cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """Return the processor's name, where the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def environment(threads: int) -> dict[str, str]:
    """Return the workers' environment: equal threads, and the peers' own choice of kernel."""
    variables = dict(os.environ)
    for name in ("THALWEG", "OMP", "OPENBLAS", "MKL"):
        variables[f"{name}_NUM_THREADS"] = str(threads)
    # Where these are set they force an old or a wrongly blocked OpenBLAS kernel on the peers.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        variables.pop(name, None)
    return variables


class Worker:
    """A library in its own process, idle until asked."""

    def __init__(self, library: str, script: list[str], threads: int) -> None:
        self.library = library
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / script[0]), *script[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(threads),
        )

    def ask(self, command: str) -> Any:
        """Send one command and wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the {self.library} worker ended: see its message above")
        return json.loads(line)

    def close(self) -> None:
        """End the process, as the end of its input does."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def measure(
    workload: Workload, dtype: str, libraries: list[str], runs: int, threads: int
) -> dict[str, Any]:
    """Measure one workload: every library takes one turn per run, after a warm-up of its own."""
    workers = [
        Worker(library, ["worker.py", library, workload.name, dtype], threads)
        for library in libraries
    ]
    try:
        results = {worker.library: {"about": worker.ask("about")} for worker in workers}
        for command in ("fit", "predict"):
            samples: dict[str, list[float]] = {library: [] for library in libraries}
            for run in range(runs + 1):
                for worker in workers:
                    time.sleep(PAUSE_SECONDS)
                    answer = worker.ask(command)
                    if run > 0:
                        samples[worker.library].append(answer["seconds"])
                    if command == "fit":
                        results[worker.library]["loss"] = answer["loss"]
            for library, seconds in samples.items():
                results[library][command] = {
                    "median": statistics.median(seconds),
                    "samples": seconds,
                }
    finally:
        for worker in workers:
            worker.close()
    ours = results["thalweg"]
    ours["flops"] = workload.flops_per_epoch() / ours["fit"]["median"]
    return {"workload": workload.name, "dtype": dtype, "libraries": results}


def duration(seconds: float) -> str:
    """Write a duration with three digits and its unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def row_of(result: dict[str, Any], libraries: list[str], command: str) -> list[str]:
    """Return one table row: our time, then each peer's time and how many times ours that is."""
    measured = result["libraries"]
    ours = measured["thalweg"][command]["median"]
    row = [result["workload"], result["dtype"], duration(ours)]
    for library in libraries[1:]:
        theirs = measured[library][command]["median"]
        row += [duration(theirs), f"{theirs / ours:.2f}x"]
    if command == "fit":
        flops = measured["thalweg"]["flops"]
        row += [f"{flops / 1e9:.1f}", f"{flops / measured['thalweg']['about']['peak']:.0%}"]
    return row


def table(results: list[dict[str, Any]], libraries: list[str], command: str) -> str:
    """Return a Markdown table of all results."""
    header = ["workload", "dtype", "thalweg"]
    for library in libraries[1:]:
        header += [library, "ratio"]
    if command == "fit":
        header += ["GFLOP/s", "of FMA peak"]
    rows = [header, *(row_of(result, libraries, command) for result in results)]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def command_line(
    description: str | None, workloads: Iterable[str], output: str
) -> argparse.ArgumentParser:
    """Return the command line that benches of workloads have in common."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--workload",
        action="append",
        choices=list(workloads),
        help="measure this one (repeat for several; default: all)",
    )
    parser.add_argument(
        "--dtype",
        action="append",
        choices=["float32", "float64"],
        help="measure this one (default: both)",
    )
    parser.add_argument("--quick", action="store_true", help="3 runs instead of 7")
    parser.add_argument("--threads", type=int, default=cores(), help="threads of every library")
    parser.add_argument("--output", type=Path, default=HERE / "results" / output)
    return parser


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = command_line(__doc__, WORKLOADS, "compare.json")
    parser.add_argument(
        "--bf16", action="store_true", help="thalweg with precision='bfloat16' takes turns too"
    )
    arguments = parser.parse_args()
    if arguments.threads < 1:
        parser.error(f"--threads must be at least 1, got {arguments.threads}")
    return arguments


def main() -> None:
    """Measure, print, write."""
    arguments = parse_arguments()
    libraries = ["thalweg", *(["thalweg bf16"] if arguments.bf16 else [])]
    libraries += [name for name, module in PEERS.items() if importlib.util.find_spec(module)]
    workloads = [WORKLOADS[name] for name in arguments.workload or WORKLOADS]
    runs = 3 if arguments.quick else 7

    results = []
    for dtype in arguments.dtype or ["float32", "float64"]:
        for workload in workloads:
            print(f"measuring {workload.name}, {dtype} …", file=sys.stderr, flush=True)
            results.append(measure(workload, dtype, libraries, runs, arguments.threads))

    machine = {
        "processor": processor(),
        "system": platform.platform(),
        "threads": arguments.threads,
    }
    about = {library: results[0]["libraries"][library]["about"] for library in libraries}
    print(f"\n{machine['processor']}, {arguments.threads} threads, medians of {runs}")
    for library in libraries:
        print(f"{library}: {json.dumps(about[library])}")
    print(f"\nOne epoch\n\n{table(results, libraries, 'fit')}")
    print(f"\nPredicting one row\n\n{table(results, libraries, 'predict')}")

    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine, "python": platform.python_version(), "results": results}
    arguments.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"\nevery sample: {arguments.output}")


if __name__ == "__main__":
    main()
