"""The paths of several optimizers over one function, and their losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from thalweg.display._descend import as_start, as_steps, follow, named, view
from thalweg.display._functions import Array, as_function
from thalweg.optimizers import Optimizer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["TrajectoryDisplay"]

_LEVELS = 24
_KINDS = ("paths", "loss")
# Colours that stay apart for colour-blind eyes (Okabe and Ito 2008), and on the blue ground.
_COLORS = ("#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#7b3294", "#56b4e9", "#a6611a")


class TrajectoryDisplay:
    """Paths of optimizers over a function of two parameters.

    Make one with :meth:`from_optimizers`, which also draws it, or with :meth:`compute`.

    Parameters
    ----------
    paths : dict of ndarrays of shape (steps + 1, 2)
        Where each optimizer came, by name, the start first. A path ends early where the function
        is not finite any more.

    losses : dict of ndarrays of shape (steps + 1,)
        The function along each path.

    grid : tuple of ndarrays of shapes (nx,), (ny,) and (ny, nx)
        x, y, and the function there.

    minima : sequence of pairs of floats, default=()
        Where the function is lowest, if known.

    floor : float, optional
        The function at the minima; the pictures show how far above it something is.

    title : str, default=""
        Name of the function.

    Attributes
    ----------
    ax_ : matplotlib Axes
        What was drawn on.

    figure_ : matplotlib Figure
        The figure around it.

    lines_ : list of matplotlib Line2D
        A line for each optimizer.

    See Also
    --------
    thalweg.optimizers.Optimizer.init : The runs behind the paths.

    Examples
    --------
    >>> from thalweg.display import TrajectoryDisplay
    >>> from thalweg.optimizers import SAM, SGD
    >>> optimizers = {"SGD": SGD(lr=0.05), "SAM": SAM(SGD(lr=0.05))}
    >>> display = TrajectoryDisplay.compute(optimizers, "saddle", steps=100)
    >>> bool(display.losses["SGD"][-1] < display.losses["SGD"][0])
    True
    """

    def __init__(
        self,
        *,
        paths: Mapping[str, Array],
        losses: Mapping[str, Array],
        grid: tuple[Array, Array, Array],
        minima: Sequence[tuple[float, float]] = (),
        floor: float | None = None,
        title: str = "",
    ) -> None:
        self.paths = dict(paths)
        self.losses = dict(losses)
        self.grid = grid
        self.minima = minima
        self.floor = floor
        self.title = title

    @classmethod
    def compute(
        cls,
        optimizers: Sequence[Optimizer] | Mapping[str, Optimizer],
        function: str | Callable[[Array], tuple[float, Array]] = "rosenbrock",
        x0: Any = None,
        steps: int = 200,
    ) -> Self:
        """Follow the optimizers and draw nothing; matplotlib is not needed.

        Parameters
        ----------
        optimizers, function, x0, steps
            As for :meth:`from_optimizers`.

        Returns
        -------
        display : TrajectoryDisplay
            With what was computed.

        Raises
        ------
        ValueError, TypeError
            If an argument is wrong.
        """
        members, known, count = named(optimizers), as_function(function), as_steps(steps)
        start = as_start(x0, known)
        followed = {name: follow(member, known, start, count) for name, member in members.items()}
        paths = {name: path for name, (path, _) in followed.items()}
        grid = known.grid(view(known, list(paths.values()), start))
        return cls(
            paths=paths,
            losses={name: losses for name, (_, losses) in followed.items()},
            grid=grid,
            minima=known.minima,
            floor=known.floor(),
            title=known.name.capitalize(),
        )

    @classmethod
    def from_optimizers(
        cls,
        optimizers: Sequence[Optimizer] | Mapping[str, Optimizer],
        function: str | Callable[[Array], tuple[float, Array]] = "rosenbrock",
        x0: Any = None,
        steps: int = 200,
        *,
        kind: str = "paths",
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Follow several optimizers and draw their paths, or their losses.

        Parameters
        ----------
        optimizers : list of Optimizer, or dict of them by name
            What is compared. Each gets what it needs, be it the loss or a closure; one that
            averages is shown by its average.

        function : {'rosenbrock', 'beale', 'saddle'} or callable, default='rosenbrock'
            What is descended. A callable takes an array of shape (2,) and returns the value and
            the gradient. ``'saddle'`` is x^2 - y^2 + y^4 / 2.

        x0 : pair of floats, optional
            Where all begin; a callable needs one.

        steps : int, default=200
            Steps of each.

        kind : {'paths', 'loss'}, default='paths'
            As for :meth:`plot`.

        ax : matplotlib Axes, optional
            What to draw on; a new figure by default.

        **kwargs : dict
            Passed to each line.

        Returns
        -------
        display : TrajectoryDisplay
            Drawn.

        Raises
        ------
        ValueError, TypeError
            If an argument is wrong.
        ImportError
            If matplotlib is not installed.
        """
        _check_kind(kind)
        _require_matplotlib()
        return cls.compute(optimizers, function, x0, steps).plot(kind=kind, ax=ax, **kwargs)

    def plot(self, kind: str = "paths", *, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Draw.

        Parameters
        ----------
        kind : {'paths', 'loss'}, default='paths'
            Contours with the paths, or loss against step.

        ax : matplotlib Axes, optional
            What to draw on; a new figure by default.

        **kwargs : dict
            Passed to each line.

        Returns
        -------
        self : TrajectoryDisplay
            The same object.

        Raises
        ------
        ValueError
            If ``kind`` is another.
        ImportError
            If matplotlib is not installed.
        """
        _check_kind(kind)
        _require_matplotlib()
        is_own = ax is None
        if ax is None:
            from matplotlib import pyplot as plt

            _, ax = plt.subplots(figsize=(8.6, 5.4), layout="constrained")
        self.ax_, self.figure_ = ax, ax.figure
        if kind == "paths":
            self._draw_contours(ax)
            self.lines_ = self._draw_paths(ax, kwargs)
        else:
            self.lines_ = self._draw_losses(ax, kwargs)
        # Beside the picture, where it hides nothing, if there is a beside.
        beside: dict[str, Any] = {
            "loc": "upper left",
            "bbox_to_anchor": (1.01, 1.0),
            "borderaxespad": 0.0,
        }
        ax.legend(frameon=not is_own, fontsize="small", **(beside if is_own else {}))
        return self

    def _draw_contours(self, ax: Axes) -> None:
        x, y, values = self.grid
        finite = values[np.isfinite(values)]
        lowest = float(finite.min(initial=np.inf))
        floor = lowest if self.floor is None else self.floor
        top = float(finite.max(initial=lowest)) - floor
        if top > 0:  # a plain has no contours
            # Log-spaced: the floor of a valley is a millionth of its walls.
            bottom = max(float(np.quantile(finite - floor, 0.005)), 1e-4 * top)
            levels = np.linspace(np.log10(bottom), np.log10(top) + 1e-9, _LEVELS)
            shades = np.log10(np.maximum(values - floor, bottom))
            ax.contourf(x, y, shades, levels, cmap="Blues", alpha=0.75, extend="min")
            thin: dict[str, Any] = {"linewidths": 0.4, "linestyles": "solid", "alpha": 0.45}
            ax.contour(x, y, shades, levels, colors="#08306b", **thin)
        ax.set(xlabel="x", ylabel="y", title=self.title)
        ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))

    def _draw_paths(self, ax: Axes, style: dict[str, Any]) -> list[Any]:
        from matplotlib.patheffects import Normal, Stroke

        lines = []
        for i, (name, path) in enumerate(self.paths.items()):
            look = _look(i, name, style)
            (line,) = ax.plot(*path.T, solid_capstyle="round", zorder=3, **look)
            # A white rim keeps lines apart from the contours, and from each other.
            rim = Stroke(linewidth=line.get_linewidth() + 1.2, foreground="white", alpha=0.9)
            line.set_path_effects([rim, Normal()])
            dot: dict[str, Any] = {"color": line.get_color(), "markeredgecolor": "white"}
            ax.plot(*path[-1], "o", markersize=7, zorder=5, **dot)
            lines.append(line)
        start = next(iter(self.paths.values()))[0]
        mark: dict[str, Any] = {"linestyle": "none", "markeredgecolor": "black", "zorder": 6}
        ax.plot(*start, "s", color="white", markersize=7, label="start", **mark)
        if self.minima:
            label = "minimum" if len(self.minima) == 1 else "minima"
            points = np.array(self.minima).T
            ax.plot(*points, "*", color="#ffd92f", markersize=15, label=label, **mark)
        return lines

    def _draw_losses(self, ax: Axes, style: dict[str, Any]) -> list[Any]:
        floor = self.floor or 0.0
        lines = []
        for i, (name, losses) in enumerate(self.losses.items()):
            look = _look(i, name, style)
            lines += ax.plot(np.arange(len(losses)), losses - floor, **look)
        everything = np.concatenate(list(self.losses.values())) - floor
        if self.floor is not None or (everything > 0).all():
            # A step that hits the minimum exactly is below any scale, and one that diverges above
            # all: these lines leave the picture, the others stay legible.
            ax.set_yscale("log", nonpositive="clip")
            start = max(float(everything[0]), _lowest(everything))
            bottom = max(_lowest(everything) / 2, 1e-14 * start)
            ax.set_ylim(bottom, min(2 * float(everything.max()), 1e3 * start) or 1.0)
        above = "loss above the minimum" if self.floor else "loss"
        ax.set(xlabel="step", ylabel=above, title=self.title)
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
        return lines


def _look(i: int, name: str, style: dict[str, Any]) -> dict[str, Any]:
    return {"color": _COLORS[i % len(_COLORS)], "linewidth": 1.6, "label": name, **style}


def _lowest(values: Array) -> float:
    positive = values[values > 0]
    return float(positive.min()) if len(positive) else 1.0


def _check_kind(kind: str) -> None:
    if kind not in _KINDS:
        raise ValueError(f"`kind` must be one of {list(_KINDS)}, got {kind!r}")


def _require_matplotlib() -> None:
    """Say what is missing, and how to get it, before anything is computed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "TrajectoryDisplay draws with matplotlib, which is not installed: "
            "pip install 'thalweg[demo]'"
        ) from error
