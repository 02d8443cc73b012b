"""The bench runs from end to end; what it measures is no business of a test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

BENCHES = Path(__file__).parents[1] / "benches"


def report_of(script, output, *arguments):
    """Run a bench; return the head of its first table, and its results."""
    command = [sys.executable, str(BENCHES / script), *arguments, "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    heads = (line for line in done.stdout.splitlines() if line.startswith("|"))
    head = [cell.strip() for cell in next(heads).strip("| ").split("|")]
    return head, json.loads(output.read_text(encoding="utf-8"))["results"]


def test_one_workload(tmp_path):
    arguments = ["--quick", "--workload", "tiny", "--dtype", "float32", "--threads", "1", "--bf16"]
    head, (result,) = report_of("compare.py", tmp_path / "results" / "compare.json", *arguments)
    assert head[:6] == ["workload", "dtype", "thalweg", "thalweg bf16", "ratio", "scikit-learn"]
    for library in ("thalweg", "thalweg bf16", "scikit-learn"):
        measured = result["libraries"][library]
        assert len(measured["fit"]["samples"]) == 3
        assert measured["fit"]["median"] > 0
        assert measured["predict"]["median"] > 0
    assert 0 < result["libraries"]["thalweg"]["of_peak"] < 1.5
    # Both did the same work: the same losses, but for float32's rounding.
    ours, theirs = (result["libraries"][name]["loss"] for name in ("thalweg", "scikit-learn"))
    assert abs(ours - theirs) <= 1e-3 * theirs


def test_two_optimizers(tmp_path):
    arguments = ["--optimizer", "SGD", "--optimizer", "Adam", "--size", "1e4", "--runs", "2"]
    head, (sgd, adam) = report_of("optimizers.py", tmp_path / "optimizers.json", *arguments)
    assert head[:3] == ["optimizer", "parameters", "step"]
    assert (sgd["optimizer"], adam["optimizer"]) == ("SGD", "Adam")
    # Three and seven passes of float32 over the parameters.
    assert (sgd["bytes"], adam["bytes"]) == (120_000, 280_000)
    for result in (sgd, adam):
        assert min(result["seconds"][way] for way in ("unchecked", "checked", "forty", "copy")) > 0


def test_predictions_and_inputs(tmp_path):
    arguments = ["--quick", "--dtype", "float64", "--threads", "1"]
    for workload in ("classifier predict, 1 rows", "an epoch on frame"):
        arguments += ["--workload", workload]
    head, results = report_of("inputs.py", tmp_path / "inputs.json", *arguments)
    assert head == ["workload", "dtype", "thalweg", "scikit-learn", "ratio"]
    assert [len(result["samples"]["thalweg"]) for result in results] == [3, 3]


def test_linear_models(tmp_path):
    arguments = ["--quick", "--scale", "0.02", "--dtype", "float32", "--threads", "1"]
    for workload in ("hinge", "words", "mini-batches"):
        arguments += ["--workload", workload]
    head, (*compared, batches) = report_of("linear.py", tmp_path / "linear.json", *arguments)
    assert head[:4] == ["workload", "dtype", "thalweg", "scikit-learn"]
    for result in compared:
        ours, theirs = (result["medians"][name] for name in ("thalweg", "scikit-learn"))
        assert min(ours["seconds"], theirs["seconds"]) > 0
        # Both did the same work, but for float32's rounding.
        assert abs(ours["score"] - theirs["score"]) <= 0.02
    assert min(batches["medians"]["thalweg"][way] for way in ("order", "random")) > 0


def test_a_few_products_of_the_grid(tmp_path):
    arguments = ["--only", "grid", "--count", "4", "--runs", "1", "--threads", "1"]
    head, results = report_of("products.py", tmp_path / "products.json", *arguments)
    assert head[:4] == ["m x k x n", "layout", "thalweg", "NumPy"]
    assert [result["dtype"] for result in results] == ["float32"] * 4 + ["float64"] * 4
    assert all(min(result["seconds"].values()) > 0 for result in results)


def test_fits_at_once(tmp_path):
    arguments = ["--workload", "tiny", "--library", "thalweg", "--fits", "2", "--runs", "1"]
    head, (result,) = report_of("robust.py", tmp_path / "robust.json", *arguments)
    assert head[:5] == ["workload", "dtype", "library", "a fit", "on busy cores"]
    seconds = result["libraries"]["thalweg"]
    assert list(seconds) == ["fit", "busy", "one by one", "threads", "joblib"]
    assert all(taken["median"] > 0 for taken in seconds.values())


def test_real_images(tmp_path):
    arguments = [
        "--rows",
        "1000",
        "--target",
        "0.7",
        "--runs",
        "1",
        "--data",
        str(tmp_path / "none"),
    ]
    head, results = report_of("real_data.py", tmp_path / "real_data.json", *arguments)
    assert head[:4] == ["library", "training", "epochs", "an epoch"]
    assert {"thalweg", "scikit-learn"} <= {result["library"] for result in results}
    assert all(result["samples"][0]["accuracy"] >= 0.7 for result in results)


def test_the_picture(tmp_path):
    seconds = {"thalweg": 1.0, "scikit-learn": 3.0, "PyTorch": 2.0}
    libraries = {name: {"fit": {"median": median}} for name, median in seconds.items()}
    result = {"workload": "tiny", "dtype": "float32", "libraries": libraries}
    report = {"machine": {"threads": 2}, "results": [result, {"shape": [1, 1, 1]}]}
    (tmp_path / "compare.json").write_text(json.dumps(report), encoding="utf-8")
    picture = tmp_path / "picture.svg"
    paths = ["--input", str(tmp_path / "compare.json"), "--output", str(picture)]
    subprocess.run([sys.executable, str(BENCHES / "picture.py"), *paths], check=True, timeout=300)
    assert "<svg" in picture.read_text(encoding="utf-8")
