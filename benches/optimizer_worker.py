"""Optimizers of one library in a process of its own: reads commands from stdin, answers in JSON.

Commands: ``prepare NAME SIZE`` (which ways of stepping there are, and the bytes that a step must
move), ``time WAY RUNS`` (seconds of as many calls). optimizers.py says whose turn it is.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

TENSORS = 40  # the small tensors that are as long together as the large one
Ways = dict[str, Callable[[], object]]


def normal(size: int) -> NDArray[np.float32]:
    """Return what parameters and gradients hold."""
    return np.random.default_rng(0).standard_normal(size, np.float32)


def copies(count: int, threads: int) -> Ways:
    """Move `count` bytes by plain copies, half of them read, half written; by one thread or all."""
    source = np.ones(max(count // 8, 1), np.float32)
    target = np.zeros_like(source)
    ways: Ways = {"copy": partial(np.copyto, target, source)}
    if threads > 1:
        pool = ThreadPoolExecutor(threads)
        parts = (np.array_split(target, threads), np.array_split(source, threads))
        ways["copy by all"] = lambda: list(pool.map(np.copyto, *parts))
    return ways


def thalweg(name: str, size: int, threads: int) -> tuple[Ways, int]:
    """Step on one tensor, with and without the check of the gradient; on forty as long together."""
    from thalweg import optimizers

    gradient = normal(size)
    optimizer = getattr(optimizers, name)()
    run = optimizer.init(gradient)
    kept = [buffer for buffer in run.state_dict()["buffers"].values() if buffer.size == size]
    # Parameters and buffers are read and written, the gradient is read.
    moved = (3 + 2 * len(kept)) * gradient.nbytes
    del run, kept
    unchecked = optimizer.init(gradient, nonfinite="allow")
    ways: Ways = {"unchecked": partial(unchecked.step, gradient, loss=1.0)}
    if size <= 10_000_000:  # more leave no room for several
        small = np.array_split(gradient, TENSORS)
        ways["checked"] = partial(optimizer.init(gradient).step, gradient, loss=1.0)
        ways["forty"] = partial(optimizer.init(small, nonfinite="allow").step, small, loss=1.0)
    return ways | copies(moved, threads), moved


def pytorch(name: str, size: int, threads: int) -> tuple[Ways, int]:
    """Step by default and, where there is one, fused."""
    import torch

    torch.set_num_threads(threads)
    optimizer = getattr(torch.optim, name, None)
    ways: Ways = {}
    if optimizer is None:
        return ways, 0
    gradient = torch.from_numpy(normal(size))
    for way, settings in {"default": {}, "fused": {"fused": True}}.items():
        parameter = torch.nn.Parameter(torch.from_numpy(normal(size)))
        parameter.grad = gradient
        try:
            step = optimizer([parameter], lr=1e-6, **settings).step
            step()
        except (TypeError, RuntimeError):  # it has no fused version
            continue
        ways[way] = step
    return ways, 0


def seconds(call: Callable[[], object], runs: int) -> list[float]:
    """Time each of several calls."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return taken


def main() -> None:
    """Answer commands until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=["thalweg", "PyTorch"])
    parser.add_argument("threads", type=int)
    arguments = parser.parse_args()
    # Nothing a library prints may come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr

    ways: Ways = {}
    for line in sys.stdin:
        answer: Any
        match line.strip().split(maxsplit=2):
            case ["prepare", name, size]:
                ways.clear()  # what was there makes room first
                prepare = thalweg if arguments.library == "thalweg" else pytorch
                ways, moved = prepare(name, int(size), arguments.threads)
                answer = {"ways": list(ways), "bytes": moved}
            case ["time", runs, way]:
                answer = seconds(ways[way], int(runs))
            case command:
                raise SystemExit(f"unknown command {command!r}")
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
