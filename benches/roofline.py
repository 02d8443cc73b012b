"""The floor under each workload, from what compare.py measured; see docs/performance.md.

Prints a Markdown table: operations, bytes, the time that the slower of the two takes at least.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from harness import HERE, cores, duration, table
from optimizer_worker import copies, seconds
from workloads import WORKLOADS

COPIED = 400_000_000  # bytes read and written by a copy: more than caches hold


def bandwidth() -> float:
    """Return bytes a second of plain copies by all threads, read and written."""
    ways = copies(COPIED, cores())
    return COPIED / min(min(seconds(call, 7)[1:]) for call in ways.values())


def row_of(result: dict[str, Any], rate: float) -> list[str]:
    """Return one row of the table."""
    workload, itemsize = WORKLOADS[result["workload"]], np.dtype(result["dtype"]).itemsize
    ours = result["libraries"]["thalweg"]
    operations, moved = workload.flops_per_epoch(), workload.bytes_per_epoch(itemsize)
    # The peak of the rounds in which the epochs were timed.
    peak = ours["flops"] / ours["of_peak"]
    floors = {"products": operations / peak, "memory": moved / rate}
    bound, floor = max(floors.items(), key=lambda item: item[1])
    measured = ours["fit"]["median"]
    row = [result["workload"], result["dtype"], f"{operations / 1e9:.3g}", f"{moved / 1e6:.3g}"]
    row += [f"{operations / moved:.0f}", duration(floor), bound, duration(measured)]
    return [*row, f"{floor / measured:.0%}"]


def main() -> None:
    """Read, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", type=Path, default=HERE / "results" / "compare.json")
    report = json.loads(parser.parse_args().input.read_text(encoding="utf-8"))
    rate = bandwidth()
    print(f"{cores()} threads, copies at {rate / 1e9:.0f} GB/s\n")
    header = ["workload", "dtype", "GFLOP", "MB", "FLOP a byte", "floor", "set by", "epoch"]
    results = [result for result in report["results"] if "workload" in result]
    print(table([*header, "floor / epoch"], (row_of(result, rate) for result in results)))


if __name__ == "__main__":
    main()
