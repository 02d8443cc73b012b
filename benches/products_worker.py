"""One library's matrix products in a process of its own: answers commands in lines of JSON.

Commands: ``m k n layout dtype`` makes the operands; ``time`` answers with the seconds of a call.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

TURN = 2e-3  # seconds: a turn repeats a short call until it takes as long, or up to twice that


def operands(m: int, k: int, n: int, layout: str, dtype: str) -> tuple[Any, Any, Any]:
    """Return a: (m, k), b: (k, n) and room for the result; transposed in memory where asked."""
    rng = np.random.default_rng(0)
    a = rng.standard_normal((k, m) if layout == "TN" else (m, k), np.float32).astype(dtype)
    b = rng.standard_normal((n, k) if layout == "NT" else (k, n), np.float32).astype(dtype)
    return a.T if layout == "TN" else a, b.T if layout == "NT" else b, np.empty((m, n), dtype)


def product(library: str, a: Any, b: Any, out: Any) -> Callable[[], object]:
    """Return the call that multiplies into `out`."""
    if library == "thalweg":
        from thalweg import _core

        return partial(_core.matmul, a, b, out)
    if library == "NumPy":
        return partial(np.matmul, a, b, out=out)
    import torch

    a, b, out = (torch.from_numpy(array) for array in (a, b, out))
    return partial(torch.mm, a, b, out=out)


def seconds(call: Callable[[], object], calls: int) -> float:
    """Time a call, one of several."""
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls


def main() -> None:
    """Answer commands until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=["thalweg", "NumPy", "PyTorch"])
    library = parser.parse_args().library
    # Nothing a library prints may come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr

    call, calls = product(library, *operands(1, 1, 1, "NN", "float32")), 1
    for line in sys.stdin:
        answer: float
        match line.split():
            case ["time"]:
                call()  # the others have had the caches
                answer = seconds(call, calls)
            case [m, k, n, layout, dtype]:
                call = product(library, *operands(int(m), int(k), int(n), layout, dtype))
                calls = 1
                while seconds(call, calls) * calls < TURN:
                    calls *= 2
                answer = calls
            case command:
                raise SystemExit(f"unknown command {command!r}")
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
