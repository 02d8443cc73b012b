"""One library's fits, alone and at once, in a process of its own: answers in lines of JSON.

Commands, each of which answers with seconds: ``fit`` one, ``one by one`` eight, ``threads`` eight
in as many Python threads, ``joblib`` eight under joblib with two processes.
"""

from __future__ import annotations

import argparse
import functools
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from joblib import Parallel, delayed

import worker
from workloads import WORKLOADS

PROCESSES = 2


def main() -> None:
    """Answer commands until stdin ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", choices=worker.LIBRARIES)
    parser.add_argument("workload", choices=list(WORKLOADS))
    parser.add_argument("dtype", choices=["float32", "float64"])
    parser.add_argument("fits", type=int)
    arguments = parser.parse_args()
    # Nothing a library prints may come between the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    one = functools.partial(worker.fit, arguments.library, arguments.workload, arguments.dtype)
    many = range(arguments.fits)
    threads = ThreadPoolExecutor(arguments.fits)
    one()
    for line in sys.stdin:
        start = time.perf_counter()
        match line.strip():
            case "fit":
                one()
            case "one by one":
                for _ in many:
                    one()
            case "threads":
                for done in [threads.submit(one) for _ in many]:
                    done.result()
            case "joblib":
                Parallel(n_jobs=PROCESSES)(delayed(one)() for _ in many)
            case command:
                raise SystemExit(f"unknown command {command!r}")
        print(json.dumps(time.perf_counter() - start), file=answers, flush=True)


if __name__ == "__main__":
    main()
