"""Time a step of each elementwise optimizer beside moving its bytes; benches/README.md says how.

Prints a Markdown table of medians and ratios, and writes every number as JSON.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compare import cores, duration, environment, processor

HERE = Path(__file__).parent
TENSORS = 40  # the small tensors that are as long together as the large one
Result = dict[str, Any]


def median(call: Callable[[], object], runs: int) -> float:
    """Time a call several times, the first not counted; returns the median in seconds."""
    call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def normal(size: int) -> NDArray[np.float32]:
    """Return what parameters and gradients hold."""
    return np.random.default_rng(0).standard_normal(size, np.float32)


# ---- thalweg -------------------------------------------------------------------------------------


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


def copy_seconds(count: int, runs: int, threads: int) -> float:
    """Time the traffic of `count` bytes: half of them read, half written, by a plain copy.

    By one thread or by all, whichever is faster: few bytes are not worth waking threads for.
    """
    source = np.ones(max(count // 8, 1), np.float32)
    target = np.zeros_like(source)
    best = median(lambda: np.copyto(target, source), runs)
    with ThreadPoolExecutor(threads) as pool:
        parts = (np.array_split(target, threads), np.array_split(source, threads))
        return min(best, median(lambda: list(pool.map(np.copyto, *parts)), runs))


def time_thalweg(names: list[str], size: int, runs: int, threads: int) -> dict[str, Result]:
    """Time a step on one tensor of `size`, on forty that are as long, and a copy of its bytes."""
    from thalweg import optimizers

    start = normal(size)
    small = np.array_split(start, TENSORS)
    results = {}
    for name in names:
        optimizer = getattr(optimizers, name)()
        run = optimizer.init(start)
        kept = [buffer for buffer in run.state_dict()["buffers"].values() if buffer.size == size]
        # Parameters and buffers are read and written, the gradient is read.
        moved = (3 + 2 * len(kept)) * start.nbytes
        one = median(partial(run.step, start, loss=1.0), runs)
        del run, kept  # 1e8 parameters leave no room for two
        forty = median(partial(optimizer.init(small).step, small, loss=1.0), runs)
        results[name] = {
            "seconds": one,
            "forty": forty,
            "bytes": moved,
            "copy": copy_seconds(moved, runs, threads),
        }
    return results


# ---- PyTorch -------------------------------------------------------------------------------------


def time_torch(names: list[str], size: int, runs: int, threads: int) -> dict[str, Result]:
    """Time the optimizers of the same names, by default and, where there is one, fused."""
    import torch

    torch.set_num_threads(threads)
    results = {}
    for name in names:
        optimizer = getattr(torch.optim, name, None)
        if optimizer is None:
            continue
        seconds = {}
        for kind, settings in {"default": {}, "fused": {"fused": True}}.items():
            parameter = torch.nn.Parameter(torch.from_numpy(normal(size)))
            parameter.grad = torch.from_numpy(normal(size))
            try:
                step = optimizer([parameter], lr=1e-6, **settings).step
            except (TypeError, RuntimeError):  # it has no fused version
                continue
            seconds[kind] = median(step, runs)
        results[name] = seconds
    return results


# ---- Both ----------------------------------------------------------------------------------------


def ask(library: str, names: list[str], size: int, runs: int, threads: int) -> dict[str, Result]:
    """Measure a library in a process of its own."""
    command = [sys.executable, str(HERE / "optimizers.py"), "--worker", library]
    command += ["--size", str(size), "--runs", str(runs), "--threads", str(threads)]
    for name in names:
        command += ["--optimizer", name]
    done = subprocess.run(
        command, env=environment(threads), stdout=subprocess.PIPE, text=True, check=True
    )
    results: dict[str, Result] = json.loads(done.stdout)
    return results


def table(results: list[Result]) -> str:
    """Return the Markdown table."""
    head = ["optimizer", "parameters", "step", "of a copy", "forty small", "torch", "torch fused"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for result in results:
        ours, theirs = result["thalweg"], result.get("PyTorch", {})
        cells = [result["optimizer"], f"{result['size']:.0e}", duration(ours["seconds"])]
        cells.append(f"{ours['seconds'] / ours['copy']:.2f}x")
        cells.append(f"{ours['forty'] / ours['seconds']:.2f}x")
        for kind in ("default", "fused"):
            cells.append(f"{theirs[kind] / ours['seconds']:.2f}x" if kind in theirs else "")
        lines.append(f"| {' | '.join(cells)} |")
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
    parser.add_argument("--runs", type=int, default=15, help="steps of which to take the median")
    parser.add_argument("--threads", type=int, default=cores(), help="threads of every library")
    parser.add_argument("--output", type=Path, default=HERE / "results" / "optimizers.json")
    parser.add_argument("--worker", choices=["thalweg", "PyTorch"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if min(arguments.threads, arguments.runs, *(arguments.size or [1])) < 1:
        parser.error("--threads, --runs and --size must be at least 1")
    return arguments


def main() -> None:
    """Measure, print, write."""
    arguments = parse_arguments()
    sizes = [int(size) for size in arguments.size or [1e6]]
    runs, threads = arguments.runs, arguments.threads
    if arguments.worker:
        timed = time_thalweg if arguments.worker == "thalweg" else time_torch
        print(json.dumps(timed(arguments.optimizer, sizes[0], runs, threads)))
        return

    names = arguments.optimizer or elementwise()
    libraries = ["thalweg", *(["PyTorch"] if importlib.util.find_spec("torch") else [])]
    results = []
    for size in sizes:
        print(f"measuring {size:.0e} parameters …", file=sys.stderr, flush=True)
        answers = {library: ask(library, names, size, runs, threads) for library in libraries}
        for name in names:
            found = {library: by[name] for library, by in answers.items() if name in by}
            results.append({"optimizer": name, "size": size, **found})
    machine = {"processor": processor(), "system": platform.platform(), "threads": threads}
    print(f"{machine['processor']}, {threads} threads, medians of {runs}\n\n{table(results)}")
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    report = {"machine": machine, "python": platform.python_version(), "results": results}
    arguments.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    print(f"\nevery number: {arguments.output}")


if __name__ == "__main__":
    main()
