"""scikit-learn's parameter protocol, for objects that are handed to estimators.

scikit-learn itself is not imported: ``clone``, ``GridSearchCV`` and the printing of estimators
need only ``get_params``, ``set_params`` and a constructor that stores what it is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from inspect import signature
from numbers import Integral, Real
from types import UnionType
from typing import Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

__all__ = ["Parameters", "number", "plain"]


class Parameters:
    """An object that is its constructor's parameters, each stored unchanged under its name."""

    # What error messages call such an object.
    _kind: ClassVar[str] = "object"

    @classmethod
    @cache  # signatures are slow to read
    def _defaults(cls) -> dict[str, Any]:
        """Return every parameter with its default, in the order of the constructor."""
        if cls.__init__ is object.__init__:
            return {}
        parameters = list(signature(cls.__init__).parameters.values())[1:]  # less self
        return {parameter.name: parameter.default for parameter in parameters}

    @classmethod
    @cache
    def _types(cls) -> dict[str, Any]:
        """Return the annotation of every parameter."""
        hints = get_type_hints(cls.__init__) if cls._defaults() else {}
        return {name: hints[name] for name in cls._defaults()}

    def copy(self) -> Self:
        """Return an object with the same parameters."""
        return type(self)(**self.get_params(deep=False))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            With those of an object within this one, as ``base__lr``.

        Returns
        -------
        params : dict
            Name to value.
        """
        params = {name: getattr(self, name) for name in self._defaults()}
        if deep:
            for name, value in list(params.items()):
                if isinstance(value, Parameters):
                    inner = value.get_params()
                    params |= {f"{name}__{key}": item for key, item in inner.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name.

        Parameters
        ----------
        **params : dict
            New values; ``base__lr`` is the ``lr`` of the object ``base`` within this one.

        Returns
        -------
        self : object
            The same object.

        Raises
        ------
        ValueError
            If a name is not a parameter; nothing is set then.
        """
        valid = list(self._defaults())
        nested: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            outer, _, inner = name.partition("__")
            holder = params.get(outer, getattr(self, outer, None)) if inner else None
            if isinstance(holder, Parameters) and outer in valid:
                nested.setdefault(outer, {})[inner] = value
            elif name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for {self._kind} {self}. "
                    f"Valid parameters are: {valid!r}."
                )
        # A copy, since the default of a parameter is one object for all.
        changed = {
            outer: params.get(outer, getattr(self, outer)).copy().set_params(**inner)
            for outer, inner in nested.items()
        }
        for name, value in {**params, **changed}.items():
            if name in valid:
                setattr(self, name, value)
        return self

    def __eq__(self, other: object) -> bool:
        """Compare class and parameters."""
        if type(other) is not type(self):
            return NotImplemented
        return self.get_params(deep=False) == other.get_params(deep=False)

    # Equal by value and open to set_params, hence no key for a dict, like a list.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Show the parameters that differ from their defaults, as scikit-learn does."""
        defaults = self._defaults()
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params(deep=False).items()
            if repr(value) != repr(defaults[name])
        ]
        return f"{type(self).__name__}({', '.join(changed)})"


def plain(name: str, value: Any, kind: Any) -> Any:
    """Turn a parameter into what its annotation says, in plain Python values.

    Parameters
    ----------
    name : str
        What error messages call it.
    value : object
        What was given.
    kind : type
        bool, int, float, str, a Literal, a class with ``to_config``, one of these or None, or a
        sequence or a tuple of them.

    Returns
    -------
    value : bool, int, float, str, tuple, dict or None
        The same in plain Python.

    Raises
    ------
    TypeError
        If it is of another kind.
    ValueError
        If it is a negative int, or none of the literals.
    """
    arguments = get_args(kind)
    # X | None is a Union of typing's where X is itself something of typing's.
    if get_origin(kind) in (UnionType, Union):
        if value is not None and get_origin(arguments[0]) is Literal:
            return _choice(name, value, (*get_args(arguments[0]), None))
        return None if value is None else plain(name, value, arguments[0])
    if get_origin(kind) is Literal:
        return _choice(name, value, arguments)
    if arguments:
        return _several(name, value, get_origin(kind), arguments)
    if hasattr(kind, "to_config"):
        return _member(name, value, kind)
    return {bool: _switch, int: _count, float: number, str: _text}[kind](name, value)


def _choice(name: str, value: Any, choices: tuple[Any, ...]) -> str:
    if not isinstance(value, str) or value not in choices:
        expected = " or ".join(repr(choice) for choice in choices)
        raise ValueError(f"`{name}` must be {expected}, got {value!r}")
    return str(value)


def _several(name: str, value: Any, origin: Any, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    if origin is not tuple or kinds[-1] is Ellipsis:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise TypeError(f"`{name}` must be a sequence, got {value!r}")
        return tuple(plain(f"{name}[{i}]", item, kinds[0]) for i, item in enumerate(value))
    if not isinstance(value, tuple | list) or len(value) != len(kinds):
        expected = "a pair of numbers" if len(kinds) == 2 else f"a tuple of {len(kinds)} numbers"
        raise TypeError(f"`{name}` must be {expected}, got {value!r}")
    pairs = zip(value, kinds, strict=True)
    return tuple(plain(f"{name}[{i}]", item, kind) for i, (item, kind) in enumerate(pairs))


def _member(name: str, value: Any, kind: type[Parameters]) -> dict[str, Any]:
    if not isinstance(value, kind):
        article = "an" if kind._kind[0] in "aeiou" else "a"
        raise TypeError(f"`{name}` must be {article} {kind._kind}, got {value!r}")
    return dict(value.to_config())  # type: ignore[attr-defined]


def number(name: str, value: Any) -> float:
    """Turn a real number of any kind into a float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"`{name}` must be a number, got {value!r}")
    return float(value)


def _switch(name: str, value: Any) -> bool:
    # NumPy's bool is what a search over np.array([True, False]) hands in.
    if type(value).__name__ not in ("bool", "bool_"):
        raise TypeError(f"`{name}` must be a bool, got {value!r}")
    return bool(value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"`{name}` must be a str, got {value!r}")
    return str(value)


def _count(name: str, value: Any) -> int:
    # A whole float is what arithmetic with lengths and shares often yields.
    whole = isinstance(value, Integral) or (isinstance(value, Real) and float(value).is_integer())
    if isinstance(value, bool) or not whole:
        raise TypeError(f"`{name}` must be an int, got {value!r}")
    if value < 0:
        raise ValueError(f"`{name}` must be >= 0, got {value!r}")
    return int(value)
