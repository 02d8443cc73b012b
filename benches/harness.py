"""What the benches share: a process for each library, turns, the command line, the report."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
# PyTorch is large: it may live in an environment of its own, named by its interpreter.
TORCH_PYTHON = "THALWEG_BENCH_TORCH"
SPIN_SECONDS = 0.3  # OpenMP: 0.2 s


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


def environment(threads: int | None) -> dict[str, str]:
    """Return the workers' environment: equal threads, and the peers' own choice of kernel.

    None leaves the number of threads to the libraries.
    """
    variables = dict(os.environ)
    for name in ("THALWEG", "OMP", "OPENBLAS", "MKL"):
        variables.pop(f"{name}_NUM_THREADS", None)
        if threads is not None:
            variables[f"{name}_NUM_THREADS"] = str(threads)
    # Where these are set they force an old or a wrongly blocked OpenBLAS kernel on the peers.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        variables.pop(name, None)
    return variables


def has_torch() -> bool:
    """Whether PyTorch can take part."""
    return TORCH_PYTHON in os.environ or importlib.util.find_spec("torch") is not None


def interpreter(library: str) -> str:
    """Return the Python that runs a library."""
    if library.startswith("PyTorch"):
        return os.environ.get(TORCH_PYTHON, sys.executable)
    return sys.executable


class Worker:
    """A library in its own process, which stands still whenever it is not its turn.

    Stopped, since threads of a library may spin for a while after their work, and the next library
    would pay. Where a process cannot be stopped, the others wait until that is over.
    """

    def __init__(self, library: str, script: list[str], threads: int | None) -> None:
        self.library = library
        self._process = subprocess.Popen(
            [interpreter(library), str(HERE / script[0]), *script[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(threads),
        )

    def ask(self, command: str) -> Any:
        """Send one command and wait for its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._let_run(True)
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"the {self.library} worker ended: see its message above")
        self._let_run(False)
        return json.loads(line)

    def close(self) -> None:
        """End the process, as the end of its input does."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._let_run(True)
        self._process.wait()

    def _let_run(self, run: bool) -> None:
        if hasattr(signal, "SIGSTOP"):
            self._process.send_signal(signal.SIGCONT if run else signal.SIGSTOP)
        elif not run:
            time.sleep(SPIN_SECONDS)


def take_turns(
    workers: Iterable[Worker], ask: Callable[[Worker], Any], runs: int
) -> dict[str, list[Any]]:
    """Return each library's answers: one a run, in turns, after one that does not count."""
    workers = list(workers)
    answers: dict[str, list[Any]] = {worker.library: [] for worker in workers}
    for run in range(runs + 1):
        for worker in workers:
            answer = ask(worker)
            if run > 0:
                answers[worker.library].append(answer)
    return answers


def duration(seconds: float) -> str:
    """Write a duration with three digits and its unit."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def table(header: list[str], rows: Iterable[list[str]]) -> str:
    """Return a Markdown table."""
    cells = [header, *rows]
    widths = [max(len(cell) for cell in column) for column in zip(*cells, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def command_line(description: str | None, output: str) -> argparse.ArgumentParser:
    """Return the command line that all benches have in common."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--threads", type=int, default=cores(), help="threads of every library")
    parser.add_argument("--output", type=Path, default=HERE / "results" / output)
    return parser


def choose_workloads(parser: argparse.ArgumentParser, workloads: Iterable[str]) -> None:
    """Add the options of benches that go through workloads."""
    parser.add_argument(
        "--workload",
        action="append",
        choices=list(workloads),
        help="measure this one (repeat for several; default: all)",
    )
    parser.add_argument("--runs", type=int, default=7, help="turns of each library (default: 7)")
    parser.add_argument("--quick", dest="runs", action="store_const", const=3, help="3 turns")
    choose_dtypes(parser)


def choose_dtypes(parser: argparse.ArgumentParser) -> None:
    """Add the choice of element types."""
    parser.add_argument(
        "--dtype",
        action="append",
        choices=["float32", "float64"],
        help="measure this one (default: both)",
    )


def parse(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Read the command line."""
    arguments = parser.parse_args()
    if arguments.threads < 1:
        parser.error(f"--threads must be at least 1, got {arguments.threads}")
    if getattr(arguments, "runs", 1) < 1:
        parser.error(f"--runs must be at least 1, got {arguments.runs}")
    # A worker that is stopped does not see that its bench is gone: what is closed on leaving is.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return arguments


def heading(threads: int) -> str:
    """Say where all this was measured."""
    return f"{processor()}, {threads} {'thread' if threads == 1 else 'threads'}, medians"


def write(output: Path, threads: int, results: list[dict[str, Any]]) -> None:
    """Write every number as JSON, with the machine on which it was taken."""
    machine = {"processor": processor(), "system": platform.platform(), "threads": threads}
    report = {"machine": machine, "python": platform.python_version(), "results": results}
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"\nevery number: {output}")
