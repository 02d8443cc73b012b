"""Ctrl-C in the middle of a fit: a warning, and a usable estimator with the finished steps."""

import json
import signal
import subprocess
import sys
import textwrap

import pytest

# Trains until it is interrupted, then tells what there is.
CHILD = """
import json, signal, warnings
import numpy as np
from thalweg import MLPClassifier, MLPRegressor
from thalweg.optimizers import AdamW

rng = np.random.default_rng(0)
X, y = rng.normal(size=(4000, 20)), rng.integers(0, 2, 4000)
forever = dict(max_iter=10**9, max_fun=10**9, tol=0.0, n_iter_no_change=np.inf, random_state=0)
model = {model}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    # An alarm, where nothing is printed to wait for.
    {timer}
    model.fit(X, y)
print(json.dumps({{
    "warnings": [str(warning.message) for warning in caught],
    "n_iter": model.n_iter_,
    "loss": model.loss_,
    "curve": len(getattr(model, "loss_curve_", [])),
    "scores": len(getattr(model, "validation_scores_", None) or []),
    "finite": all(bool(np.isfinite(w).all()) for w in model.coefs_ + model.intercepts_),
    "predictions": model.predict(X).shape,
    "again": model.set_params(max_iter=1, verbose=False).fit(X[:40], y[:40]).n_iter_,
}}), flush=True)
"""


def start(model, timer="pass"):
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD).format(model=model, timer=timer)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child):
    out, err = child.communicate(timeout=120)
    assert child.returncode == 0, err
    return json.loads(out.splitlines()[-1])


def assert_usable(report):
    assert report["warnings"] == ["Training interrupted by user."]
    assert report["finite"]
    assert report["predictions"] == [4000]
    assert report["again"] == 1


@pytest.mark.parametrize(
    "model",
    [
        "MLPClassifier(verbose=True, **forever)",
        "MLPRegressor(solver='sgd', verbose=True, **forever)",
        "MLPClassifier(solver=AdamW(), early_stopping=True, verbose=True, **forever)",
    ],
)
def test_between_printed_epochs(model):
    with start(model) as child:
        for line in child.stdout:
            if line.startswith("Iteration 3,"):
                child.send_signal(signal.SIGINT)
                break
        report = finish(child)
    assert_usable(report)
    assert report["n_iter"] == report["curve"] >= 3
    if "early_stopping" in model:
        assert report["scores"] == report["curve"]


@pytest.mark.parametrize(
    "model",
    [
        "MLPClassifier(**forever)",  # nothing of Python runs during this fit
        "MLPClassifier(solver='lbfgs', **forever)",
        # One epoch of steps takes far longer than the clock: stopped in the midst of it.
        "MLPClassifier((1000, 1000), batch_size=1, **forever)",
    ],
)
def test_silent_fits(model):
    alarm = (
        "signal.signal(signal.SIGALRM, signal.default_int_handler); "
        "signal.setitimer(signal.ITIMER_REAL, 0.5)"
    )
    with start(model, alarm) as child:
        report = finish(child)
    assert_usable(report)
    if "1000" in model:
        assert report["n_iter"] == report["curve"] == 0


def test_before_the_training_it_is_no_training():
    """An interrupted validation raises, and leaves the estimator as it was."""
    code = """
    import numpy as np
    from thalweg import MLPClassifier

    class Impatient:
        def __array__(self, dtype=None, copy=None):
            raise KeyboardInterrupt
        def __len__(self):
            return 2

    model = MLPClassifier()
    before = dict(vars(model))
    try:
        model.fit(Impatient(), [0, 1])
    except KeyboardInterrupt:
        assert vars(model) == before
        print("raised")
    """
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, text=True
    )
    assert run.stdout == "raised\n"
