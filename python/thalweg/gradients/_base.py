"""What the gradient transforms share: parameters, the dict that Rust reads, and calls on arrays."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from thalweg._parameters import Parameters, number, plain

__all__ = ["GradientTransform"]


class GradientTransform(Parameters):
    """Base class of the gradient transforms; not for direct use.

    A subclass is a constructor: each parameter is stored unchanged under its own name, and checked
    when a fit, a run or a call begins.
    """

    _kind: ClassVar[str] = "gradient transform"

    def __call__(self, grads: Any, params: Any = None, t: int = 1) -> Any:
        """Return the transformed gradients.

        Parameters
        ----------
        grads : ndarray, or list, tuple or dict of ndarrays
            float32 or float64 throughout, of any shapes. Left as they are.
        params : ndarray, list or dict, default=None
            The parameters in the same structure, for transforms that read them.
        t : int, default=1
            Number of the gradient, from 1, for transforms that change with it.

        Returns
        -------
        grads : ndarray, list or dict, or None
            New arrays in the same structure; None if there must be no step with the gradients.

        Raises
        ------
        ValueError
            If a parameter breaks its rule, or ``params`` are needed and not given.
        TypeError
            If a parameter or an array is of the wrong kind.
        """
        from thalweg.gradients._chain import ArrayChain
        from thalweg.optimizers._arrays import Structure, as_params

        if plain("t", t, int) < 1:
            raise ValueError(f"`t` must be at least 1, got {t}")
        structure = Structure(grads)
        arrays = as_params(structure.places(), structure.flatten("grads", grads), "grads")
        chain = ArrayChain([self], structure, arrays)
        chain.skip_to(t)
        is_ready = chain.apply(arrays, None if params is None else chain.arena_of(params), 1.0)
        return structure.unflatten(chain.gradients) if is_ready else None

    def to_config(self) -> dict[str, Any]:
        """Return the tagged dict from which the Rust core builds this transform.

        Returns
        -------
        config : dict
            ``name`` and every parameter, as plain Python values.

        Raises
        ------
        TypeError
            If a value is of the wrong kind. Ranges are the core's to check.
        """
        config: dict[str, Any] = {"name": type(self).__name__}
        for name, kind in self._types().items():
            config[name] = plain(name, getattr(self, name), kind)
        return config


def order(value: Any) -> float:
    """Return the order of a norm; PyTorch accepts ``'inf'`` for infinity."""
    return float(np.inf) if value == "inf" else number("norm_type", value)
