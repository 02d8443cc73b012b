"""What the optimizers share: scikit-learn's parameter protocol, and the dict that Rust reads.

scikit-learn itself is not imported: ``clone``, ``GridSearchCV`` and the printing of estimators
need only ``get_params``, ``set_params`` and a constructor that stores what it is given.
"""

from __future__ import annotations

from functools import cache
from inspect import signature
from numbers import Real
from typing import Any, Self

__all__ = ["Optimizer"]


class Optimizer:
    """Base class of the optimizers; not for direct use.

    A subclass is a constructor: each parameter has a default and is stored unchanged under its
    own name. Values are checked when a fit begins, as everywhere in scikit-learn.
    """

    @classmethod
    @cache  # every fit asks, and signatures are slow to read
    def _defaults(cls) -> dict[str, Any]:
        """Return every parameter with its default, in the order of the constructor."""
        if cls.__init__ is object.__init__:
            return {}
        parameters = list(signature(cls.__init__).parameters.values())[1:]  # less self
        return {parameter.name: parameter.default for parameter in parameters}

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            Part of scikit-learn's protocol; an optimizer has no nested parameters.

        Returns
        -------
        params : dict
            Name to value.
        """
        return {name: getattr(self, name) for name in self._defaults()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name.

        Parameters
        ----------
        **params : dict
            New values.

        Returns
        -------
        self : Optimizer
            The same object.

        Raises
        ------
        ValueError
            If a name is not a parameter; nothing is set then.
        """
        valid = list(self._defaults())
        for name in params:
            if name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for optimizer {self}. "
                    f"Valid parameters are: {valid!r}."
                )
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def to_config(self) -> dict[str, Any]:
        """Return the tagged dict from which the Rust core builds this optimizer.

        Returns
        -------
        config : dict
            ``name`` and every parameter, as Python floats, bools and pairs of floats.

        Raises
        ------
        TypeError
            If a value is of the wrong kind. Ranges are the core's to check.
        """
        config: dict[str, Any] = {"name": type(self).__name__}
        for name, default in self._defaults().items():
            config[name] = _plain(name, getattr(self, name), default)
        return config

    def __eq__(self, other: object) -> bool:
        """Compare class and parameters."""
        if type(other) is not type(self):
            return NotImplemented
        return self.get_params() == other.get_params()

    # Equal by value and open to set_params, hence no key for a dict, like a list.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the parameters that differ from their defaults, as scikit-learn does."""
        defaults = self._defaults()
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if repr(value) != repr(defaults[name])
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def _plain(name: str, value: Any, default: Any) -> bool | float | tuple[float, ...]:
    """Turn a parameter into a plain Python value of the kind of its default."""
    if isinstance(default, bool):
        # NumPy's bool is what a search over np.array([True, False]) hands in.
        if type(value).__name__ not in ("bool", "bool_"):
            raise TypeError(f"`{name}` must be a bool, got {value!r}")
        return bool(value)
    if isinstance(default, tuple):
        if not isinstance(value, tuple | list) or len(value) != len(default):
            raise TypeError(f"`{name}` must be a pair of numbers, got {value!r}")
        return tuple(_number(f"{name}[{i}]", item) for i, item in enumerate(value))
    return _number(name, value)


def _number(name: str, value: Any) -> float:
    """Turn a real number of any kind into a float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"`{name}` must be a number, got {value!r}")
    return float(value)
