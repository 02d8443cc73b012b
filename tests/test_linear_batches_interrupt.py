"""Ctrl-C in the middle of a fit on mini-batches: a warning, and a usable estimator."""

import json
import subprocess
import sys
import textwrap

import pytest

CHILD = """
import json, signal, warnings
import numpy as np
from scipy.sparse import csr_array
from thalweg import SGDClassifier, SGDRegressor

rng = np.random.default_rng(0)
X, y = rng.normal(size=(20_000, 20)), rng.integers(0, 3, 20_000)
forever = dict(max_iter=10**9, tol=None, random_state=0)
model = {model}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    model.fit({X}, y)
print(json.dumps({{
    "warnings": [str(warning.message) for warning in caught],
    "epochs": model.n_iter_ == len(model.loss_curve_),
    "finite": bool(np.isfinite(model.coef_).all() and np.abs(model.coef_).max() > 0),
    "predictions": len(model.predict(X)),
    "again": model.set_params(max_iter=1).fit(X[:40], y[:40]).n_iter_,
}}), flush=True)
"""


@pytest.mark.parametrize("X", ["X", "csr_array(X)"])
@pytest.mark.parametrize(
    "model",
    [
        "SGDClassifier(solver='Adam', batch_size=256, **forever)",
        "SGDRegressor(solver='LBFGS', batch_size='full', **forever)",
    ],
)
def test_a_silent_fit(model, X):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD).format(model=model, X=X)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "warnings": ["Training interrupted by user."],
        "epochs": True,
        "finite": True,
        "predictions": 20_000,
        "again": 1,
    }
