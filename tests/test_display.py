"""Paths of optimizers over a function: what is computed, what is drawn, and what is refused."""

import re
import subprocess
import sys

import matplotlib
import numpy as np
import pytest

import thalweg
from thalweg.display import TrajectoryDisplay
from thalweg.display._functions import FUNCTIONS
from thalweg.optimizers import SAM, SGD, Adam, all_optimizers

matplotlib.use("Agg")
from matplotlib import pyplot as plt

PAIR = [SGD(lr=1e-3), Adam(lr=0.1)]


@pytest.fixture(autouse=True)
def _no_figures_stay():
    yield
    plt.close("all")


def bowl(x):
    return float(x @ x), 2 * x


# ---- Functions -----------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_gradients_of_the_functions(function):
    for point in np.random.default_rng(0).uniform(-1.5, 1.5, (20, 2)):
        steps = 1e-6 * np.eye(2)
        slopes = [(function(point + h)[0] - function(point - h)[0]) / 2e-6 for h in steps]
        np.testing.assert_allclose(function(point)[1], slopes, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_minima_are_the_lowest_points(function):
    *_, values = function.grid(function.limits)
    for minimum in function.minima:
        value, gradient = function(np.array(minimum))
        assert value == function.floor() <= values.min()
        assert not gradient.any()


# ---- What is computed ----------------------------------------------------------------------------


def test_a_path_is_that_of_the_optimizer():
    display = TrajectoryDisplay.compute({"descent": SGD(lr=0.1)}, bowl, (1.0, -2.0), steps=10)
    expected = np.outer(0.8 ** np.arange(11), [1.0, -2.0])
    np.testing.assert_allclose(display.paths["descent"], expected, rtol=1e-14)
    np.testing.assert_allclose(display.losses["descent"], (expected**2).sum(axis=1), rtol=1e-14)


@pytest.mark.parametrize("optimizer", all_optimizers())
def test_every_optimizer_gets_what_it_needs(optimizer):
    member = optimizer()
    try:
        member.init(np.ones(2))
    except ValueError as refusal:  # it is for matrices alone, and says so here too
        with pytest.raises(ValueError, match=re.escape(str(refusal))):
            TrajectoryDisplay.compute([member], steps=2)
        return
    display = TrajectoryDisplay.compute([member], "saddle", steps=5)
    (path,) = display.paths.values()
    assert path.shape == (6, 2)
    assert np.isfinite(path).all()
    assert (path[0] == FUNCTIONS["saddle"].start).all()


def test_a_path_ends_where_the_function_does():
    display = TrajectoryDisplay.from_optimizers([SGD(lr=10.0)], "rosenbrock", steps=50)
    (path,), (losses,) = display.paths.values(), display.losses.values()
    assert 1 < len(path) < 51
    assert len(losses) == len(path)
    assert np.isfinite(losses).all()


# ---- What is drawn -------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [*FUNCTIONS, bowl])
@pytest.mark.parametrize("kind", ["paths", "loss"])
def test_a_picture(function, kind, tmp_path):
    display = TrajectoryDisplay.from_optimizers(PAIR, function, (0.5, 0.5), steps=20, kind=kind)
    assert display.ax_.figure is display.figure_
    assert [line.get_label() for line in display.lines_] == ["SGD()", "Adam(lr=0.1)"]
    for line, path, losses in zip(
        display.lines_, display.paths.values(), display.losses.values(), strict=True
    ):
        drawn = np.array(line.get_data())
        if kind == "paths":
            np.testing.assert_array_equal(drawn, path.T)
        else:
            np.testing.assert_array_equal(drawn[1], losses - (display.floor or 0.0))
    display.figure_.savefig(tmp_path / "picture.png")


def test_plot_draws_again_on_given_axes():
    display = TrajectoryDisplay.compute(PAIR, steps=5)
    assert not hasattr(display, "ax_")
    _, (left, right) = plt.subplots(ncols=2)
    assert display.plot(ax=left) is display
    assert display.ax_ is left
    assert display.plot("loss", ax=right, linewidth=5.0) is display
    assert display.ax_ is right
    assert {line.get_linewidth() for line in display.lines_} == {5.0}


def test_a_start_outside_is_in_the_picture():
    display = TrajectoryDisplay.from_optimizers(PAIR, "saddle", (4.0, 0.5), steps=3)
    assert display.ax_.get_xlim()[1] >= 4.0


def test_a_flat_function_and_an_optimizer_that_stays():
    def flat(x):
        return 1.0, 0 * x

    TrajectoryDisplay.from_optimizers(SGD(), flat, (0, 0), steps=2)
    TrajectoryDisplay.from_optimizers(SGD(), flat, (0, 0), steps=2, kind="loss")


# ---- Bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"optimizers": []}, ValueError, "`optimizers` must hold at least one optimizer, got none"),
        ({"optimizers": "adam"}, TypeError, "`optimizers` must be a list, or a dict by name"),
        ({"optimizers": ["adam"]}, TypeError, "`optimizers` must hold optimizers, got 'adam'"),
        ({"optimizers": [SGD(), SGD()]}, ValueError, r"`optimizers` must differ, got SGD\(\)"),
        ({"optimizers": [SGD(lr=-1.0)]}, ValueError, "`lr` must be"),
        ({"function": "himmelblau"}, ValueError, "`function` must be one of .* got 'himmelblau'"),
        ({"function": 3}, TypeError, "`function` must be a str or a callable"),
        ({"function": bowl}, ValueError, "`x0` must be given for a function of your own"),
        ({"function": lambda x: 1.0, "x0": (0, 0)}, TypeError, "must return a value and a grad"),
        ({"function": lambda x: (1.0, [1.0]), "x0": (0, 0)}, ValueError, r"of shape \(2,\), got"),
        ({"x0": (1, 2, 3)}, ValueError, "`x0` must be two finite numbers"),
        ({"x0": (1, np.nan)}, ValueError, "`x0` must be two finite numbers"),
        ({"steps": 0}, ValueError, "`steps` must be an int >= 1, got 0"),
        ({"steps": 2.5}, ValueError, "`steps` must be an int >= 1, got 2.5"),
        ({"kind": "path"}, ValueError, r"`kind` must be one of \['paths', 'loss'\], got 'path'"),
    ],
)
def test_bad_input(changes, error, message):
    with pytest.raises(error, match=message):
        TrajectoryDisplay.from_optimizers(**{"optimizers": PAIR, "steps": 2, **changes})
    assert not plt.get_fignums()


def test_matplotlib_is_loaded_only_to_draw():
    code = """
import sys
from thalweg.display import TrajectoryDisplay
from thalweg.optimizers import SGD
display = TrajectoryDisplay.compute([SGD()], steps=2)
assert "matplotlib" not in sys.modules
sys.modules["matplotlib"] = None  # as if it were not installed
try:
    display.plot()
except ImportError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "TrajectoryDisplay draws with matplotlib, which is not installed: "
        "pip install 'thalweg[demo]'"
    )


def test_it_is_reached_from_the_package():
    assert thalweg.display.TrajectoryDisplay is TrajectoryDisplay
    assert list(TrajectoryDisplay.compute({"a": SAM()}, steps=1).paths) == ["a"]
