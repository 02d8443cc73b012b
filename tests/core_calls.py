"""Calls of the extension module with arguments that are right, but for what a test changes."""

from __future__ import annotations

import numpy as np
from layouts import normal

from thalweg import _core

N, FEATURES, HIDDEN = 60, 5, 4
UNITS = [FEATURES, HIDDEN, 1]
N_PARAMS = FEATURES * HIDDEN + HIDDEN + HIDDEN + 1
# In the order of train_mlp's arguments.
NAMES = (
    "x", "y", "sample_weight", "train_rows", "validation_rows", "params", "config", "state", "rng",
    "on_epoch",
)  # fmt: skip


def config(**changes):
    return {
        "units": UNITS,
        "activation": "relu",
        "output": "identity",
        "loss": "squared_error",
        "alpha": 1e-4,
        "batch_size": 20,
        "max_iter": 3,
        "tol": 1e-4,
        "n_iter_no_change": 10,
        "solver": {"name": "Adam", "lr": 1e-2},
        "schedule": {"name": "constant"},
        "score": None,
        **changes,
    }


def call(**changes):
    """Call train_mlp with arguments that are right but for the changes."""
    arguments = {
        **dict.fromkeys(NAMES),
        "x": normal(1, (N, FEATURES), np.float64),
        "y": normal(2, (N, 1), np.float64),
        "params": normal(3, N_PARAMS, np.float64),
        "config": config(),
        **changes,
    }
    return _core.train_mlp(*[arguments[name] for name in NAMES])


def evaluate(x=None, y=None, params=None, dtype=np.float64):
    keys = ("units", "activation", "output", "loss", "alpha")
    objective = _core.MlpObjective(
        normal(1, (N, FEATURES), dtype) if x is None else x,
        normal(2, (N, 1), dtype) if y is None else y,
        None,
        {key: config()[key] for key in keys},
    )
    return objective.evaluate(normal(3, N_PARAMS, dtype) if params is None else params)


def csr(**changes):
    """The upper triangle of ones, as train_mlp takes a sparse matrix."""
    arrays = {
        "data": np.ones(15),
        "indices": np.array([0, 1, 2, 3, 4, 1, 2, 3, 4, 2, 3, 4, 3, 4, 4]),
        "indptr": np.array([0, 5, 9, 12, 14, 15]),
        "columns": FEATURES,
        **changes,
    }
    return tuple(arrays.values())
