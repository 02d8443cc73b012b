"""``import thalweg`` is light: it loads neither scikit-learn nor SciPy, nor the Rust library."""

import subprocess
import sys

import pytest

import thalweg

HEAVY = ("sklearn", "scipy", "thalweg._core", "thalweg.linear_model", "thalweg.neural_network")


def run(code):
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()


def test_import_alone():
    loaded = run("import sys, thalweg; print(*sys.modules)")
    assert "thalweg" in loaded
    assert not [name for name in HEAVY if name in loaded]


@pytest.mark.parametrize("code", ["dir(thalweg)", "thalweg.optimizers.Adam(lr=1.0)"])
def test_a_look_around_and_an_optimizer(code):
    loaded = run(f"import sys, thalweg; {code}; print(*sys.modules)")
    assert not [name for name in HEAVY if name in loaded]


def test_every_public_name_loads():
    for name in thalweg.__all__:
        assert getattr(thalweg, name) is not None
        assert name in dir(thalweg)


def test_unknown_name():
    with pytest.raises(AttributeError, match="module 'thalweg' has no attribute 'MLP'"):
        thalweg.MLP  # noqa: B018 - the look-up is the test
