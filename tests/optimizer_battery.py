"""Every optimizer on tensors of awkward sizes, as hashes of the bits of parameters and state.

Run as a program, it prints them for the environment that it was started in.
"""

from __future__ import annotations

import hashlib
import json

import numpy as np
from optimizer_cases import advance, details, fitting, traits, uniform

from thalweg.optimizers import all_optimizers

SMALL = [(), (0,), (1,), (7,), (8,), (9,), (15,), (16,), (17,), (33, 31), (3, 4, 5), (1025,)]
# Worth threads, and some chunks of a sweep.
LARGE = [(1_100_003,)]


def digest(state):
    """Return a hash of a state dict: of its arrays' bytes, and of its numbers as they are shown."""
    found = hashlib.sha256()

    def add(item):
        if isinstance(item, dict):
            for key in sorted(item):
                found.update(repr(key).encode())
                add(item[key])
        elif isinstance(item, list):
            for part in item:
                add(part)
        else:
            found.update(item.tobytes() if isinstance(item, np.ndarray) else repr(item).encode())

    add(state)
    return found.hexdigest()


def battery():
    """Return the hashes by name."""
    results = {}
    for optimizer in all_optimizers():
        for settings in details(optimizer).SETTINGS:
            member = optimizer(**settings)
            needs = traits(member)
            for dtype in (np.float32, np.float64):
                is_large = needs["scope"] == "element" and not needs["rows"]
                shapes = SMALL + LARGE if is_large and dtype == np.float32 else SMALL
                if needs["rows"]:
                    shapes = [shape for shape in shapes if shape]
                shapes = fitting(member, shapes)
                run = member.init(uniform(0, shapes, dtype))
                for step in range(3):
                    advance(run, step)
                name = f"{optimizer.__name__} {settings} {np.dtype(dtype).name}"
                results[name] = digest(run.state_dict())
    return results


if __name__ == "__main__":
    print(json.dumps(battery()))
