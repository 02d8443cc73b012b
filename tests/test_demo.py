"""``python -m thalweg``: what the demo prints and writes, and how it refuses."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

EPOCH = re.compile(
    r"epoch +(\d+)/4   train loss \d\.\d{4}   validation loss \d\.\d{4}"
    r"   validation accuracy [01]\.\d{4}"
)


def thalweg(*arguments, directory, prelude=""):
    """Run the command line; `prelude` is Python code run before it."""
    code = f"{prelude}\nfrom thalweg.__main__ import main\nraise SystemExit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_demo_prints_each_epoch_and_writes_the_picture(tmp_path):
    command = [sys.executable, "-m", "thalweg", "demo", "--epochs", "4"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    epochs = [match for match in map(EPOCH.fullmatch, lines) if match]
    assert [int(match[1]) for match in epochs] == [1, 2, 3, 4]
    assert re.search(r"^test accuracy [01]\.\d{4} \(of epoch [1-4]\)$", done.stdout, re.MULTILINE)
    assert re.search(r"^  thalweg is \d+\.\d times as fast", done.stdout, re.MULTILINE)
    assert lines[-1] == "loss curve: thalweg-demo.png"
    assert (tmp_path / "thalweg-demo.png").read_bytes().startswith(b"\x89PNG")


def test_demo_without_matplotlib_says_how_to_get_it(tmp_path):
    hidden = "import sys; sys.modules['matplotlib'] = None"
    done = thalweg("demo", "--epochs", "1", directory=tmp_path, prelude=hidden)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == (
        "no picture without matplotlib: pip install 'thalweg[demo]'"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["demo", "--epochs", "0"], "argument --epochs: must be at least 1, got 0"),
        (["demo", "--epochs", "ten"], "argument --epochs: invalid epochs value: 'ten'"),
        (["demo", "--seed", "-1"], "argument --seed: must be in [0, 2**32), got -1"),
        (["demo", "--output", "no/x.png"], "argument --output: there is no directory 'no'"),
        (
            ["demo", "--output", "x.txt"],
            "argument --output: must end in .png, .svg or .pdf, got 'x.txt'",
        ),
        ([], "the following arguments are required: COMMAND"),
    ],
)
def test_bad_arguments(arguments, message, tmp_path):
    done = thalweg(*arguments, directory=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_help_names_the_options(tmp_path):
    done = thalweg("demo", "--help", directory=tmp_path)
    assert done.returncode == 0
    for option in ("--epochs", "--seed", "--output"):
        assert option in done.stdout
