"""Gradient transforms at work on arrays: one arena, changed in place by the core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thalweg._core import GradientChain
from thalweg.gradients._base import GradientTransform
from thalweg.optimizers._arrays import Structure, conform, new_arena

if TYPE_CHECKING:
    from thalweg._core import _Array


class ArrayChain:
    """Transforms one after the other, with what they keep from gradient to gradient.

    Parameters
    ----------
    transforms : sequence of GradientTransform
        In the order in which they are applied.
    structure : Structure
        How the user holds the gradients.
    like : sequence of ndarrays
        Arrays of the gradients' shapes and dtype.
    """

    def __init__(
        self,
        transforms: Sequence[GradientTransform],
        structure: Structure,
        like: Sequence[NDArray[Any]],
    ) -> None:
        self._structure = structure
        self._arena, self.gradients = new_arena([np.zeros_like(array) for array in like])
        configs = transform_configs(transforms)
        self._names = [config["name"] for config in configs]
        self._core = GradientChain(configs, [array.shape for array in like], self._arena)

    def apply(self, grads: Sequence[Any], params: _Array | None, weight: float) -> bool:
        """Transform gradients into :attr:`gradients`.

        Parameters
        ----------
        grads : sequence of ndarrays
            Copied.
        params : ndarray or None
            The arena of the parameters.
        weight : float
            Size of the micro-batch.

        Returns
        -------
        is_ready : bool
            Whether there is a step with them.
        """
        for place, view, grad in zip(self._structure.places(), self.gradients, grads, strict=True):
            view[...] = conform(f"grads{place}", grad, view.shape, view.dtype)
        return self._core.apply(params, self._arena, weight)

    def arena_of(self, params: Any) -> _Array:
        """Return parameters as an arena beside that of the gradients."""
        arrays = self._structure.flatten("params", params)
        pairs = zip(self._structure.places(), arrays, self.gradients, strict=True)
        return new_arena([conform(f"params{p}", a, g.shape, g.dtype) for p, a, g in pairs])[0]

    def passes(self, grads: Sequence[Any]) -> bool:
        """Tell whether gradients may enter: those that are not finite only where one answers."""
        return self._core.judges_finiteness or all(map(_is_finite, grads))

    def skip_to(self, t: int) -> None:
        """Let the next gradient be the ``t``-th."""
        self._core.set_numbers([[t - 1.0, *rest] for _, *rest in self._core.numbers()])

    def numbers(self) -> list[list[float]]:
        """Return counters; :meth:`restore` takes them after a step that failed."""
        return self._core.numbers()

    def restore(self, numbers: list[list[float]]) -> None:
        """Take counters back."""
        self._core.set_numbers(numbers)

    def state(self) -> dict[str, Any]:
        """Return everything that is kept from gradient to gradient."""
        return {"names": list(self._names), **self._core.state()}

    def load(self, state: Any) -> None:
        """Take what :meth:`state` has returned.

        Raises
        ------
        ValueError, TypeError
            If it belongs to other transforms; nothing is changed then.
        """
        if not isinstance(state, dict) or list(state.get("names", ())) != self._names:
            raise ValueError(
                f"`state_dict['gradient_transforms']` must be of {self._names}, got {state!r}"
            )
        self._core.load({"numbers": state["numbers"], "sums": state["sums"]})


def _is_finite(grad: Any) -> bool:
    # What is no array of numbers is refused where it is read.
    is_numbers = isinstance(grad, np.ndarray) and grad.dtype.kind == "f"
    return not is_numbers or bool(np.isfinite(grad).all())


def transform_configs(transforms: Any) -> list[dict[str, Any]]:
    """Return the dicts that the core reads.

    Raises
    ------
    TypeError
        If it is no sequence of gradient transforms.
    """
    if not isinstance(transforms, list | tuple):
        raise TypeError(
            f"`gradient_transforms` must be a list of gradient transforms, got {transforms!r}"
        )
    for i, transform in enumerate(transforms):
        if not isinstance(transform, GradientTransform):
            raise TypeError(
                f"`gradient_transforms[{i}]` must be a gradient transform, got {transform!r}"
            )
    return [transform.to_config() for transform in transforms]
