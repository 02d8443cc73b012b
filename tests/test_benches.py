"""The bench runs from end to end; what it measures is no business of a test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHES = Path(__file__).parents[1] / "benches"
COMPARE = BENCHES / "compare.py"


def test_one_workload(tmp_path):
    output = tmp_path / "results" / "compare.json"
    arguments = ["--quick", "--workload", "tiny", "--dtype", "float32", "--threads", "1"]
    done = subprocess.run(
        [sys.executable, str(COMPARE), *arguments, "--output", str(output)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "| workload | dtype   | thalweg" in done.stdout
    (result,) = json.loads(output.read_text(encoding="utf-8"))["results"]
    for library in ("thalweg", "scikit-learn"):
        measured = result["libraries"][library]
        assert len(measured["fit"]["samples"]) == 3
        assert measured["fit"]["median"] > 0
        assert measured["predict"]["median"] > 0
    # Both did the same work: the same losses, but for float32's rounding.
    ours, theirs = (result["libraries"][name]["loss"] for name in ("thalweg", "scikit-learn"))
    assert abs(ours - theirs) <= 1e-3 * theirs


def test_two_optimizers(tmp_path):
    output = tmp_path / "optimizers.json"
    arguments = ["--optimizer", "SGD", "--optimizer", "Adam", "--size", "1e4", "--runs", "2"]
    done = subprocess.run(
        [sys.executable, str(BENCHES / "optimizers.py"), *arguments, "--output", str(output)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "| optimizer | parameters | step |" in done.stdout
    sgd, adam = json.loads(output.read_text(encoding="utf-8"))["results"]
    assert (sgd["optimizer"], adam["optimizer"]) == ("SGD", "Adam")
    # Three and seven passes of float32 over the parameters.
    assert (sgd["bytes"], adam["bytes"]) == (120_000, 280_000)
    for result in (sgd, adam):
        assert min(result["seconds"][way] for way in ("unchecked", "checked", "forty", "copy")) > 0


def test_predictions_and_inputs(tmp_path):
    output = tmp_path / "inputs.json"
    arguments = ["--quick", "--dtype", "float64", "--threads", "1"]
    for workload in ("classifier predict, 1 rows", "an epoch on frame"):
        arguments += ["--workload", workload]
    done = subprocess.run(
        [sys.executable, str(BENCHES / "inputs.py"), *arguments, "--output", str(output)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "| workload | dtype | thalweg |" in done.stdout
    results = json.loads(output.read_text(encoding="utf-8"))["results"]
    assert [len(result["samples"]["thalweg"]) for result in results] == [3, 3]


def test_linear_models(tmp_path):
    output = tmp_path / "linear.json"
    arguments = ["--quick", "--scale", "0.02", "--dtype", "float32", "--threads", "1"]
    for workload in ("hinge", "words", "mini-batches"):
        arguments += ["--workload", workload]
    done = subprocess.run(
        [sys.executable, str(BENCHES / "linear.py"), *arguments, "--output", str(output)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "| workload | dtype | thalweg | scikit-learn |" in done.stdout
    *compared, batches = json.loads(output.read_text(encoding="utf-8"))["results"]
    for result in compared:
        ours, theirs = (result["medians"][name] for name in ("thalweg", "scikit-learn"))
        assert min(ours["seconds"], theirs["seconds"]) > 0
        # Both did the same work, but for float32's rounding.
        assert abs(ours["score"] - theirs["score"]) <= 0.02
    assert min(batches["medians"]["thalweg"][way] for way in ("order", "random")) > 0
