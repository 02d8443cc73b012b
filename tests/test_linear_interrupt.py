"""Ctrl-C in the middle of a fit by single samples: a warning, and a usable estimator."""

import json
import subprocess
import sys
import textwrap

import pytest

# Trains until it is interrupted, then tells what there is. Nothing of Python runs meanwhile.
CHILD = """
import json, signal, warnings
import numpy as np
from thalweg import Perceptron, SGDClassifier, SGDOneClassSVM, SGDRegressor

rng = np.random.default_rng(0)
X, y = rng.normal(size=({rows}, 20)), rng.integers(0, 3, {rows})
forever = dict(max_iter=10**8, tol=None)
model = {model}
signal.signal(signal.SIGALRM, signal.default_int_handler)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    model.fit(X, y)
print(json.dumps({{
    "warnings": [str(warning.message) for warning in caught],
    "n_iter": model.n_iter_,
    "finite": bool(np.isfinite(model.coef_).all()),
    "moved": bool(model.coef_.any()),
    "predictions": model.predict(X[:7]).shape,
    "again": model.set_params(max_iter=1).fit(X[:40], y[:40]).n_iter_,
}}))
"""


@pytest.mark.parametrize(
    "model",
    [
        "SGDClassifier(**forever)",
        "SGDRegressor(early_stopping=True, loss='huber', **forever)",
        "SGDOneClassSVM(**forever)",
        "Perceptron(n_jobs=1, **forever)",
    ],
)
def test_silent_fits(model):
    code = textwrap.dedent(CHILD).format(model=model, rows=300)
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    report = json.loads(run.stdout.splitlines()[-1])
    assert report["warnings"] == ["Training interrupted by user."]
    assert report["finite"]
    assert report["moved"]
    assert report["predictions"] == [7]
    assert report["again"] == 1
