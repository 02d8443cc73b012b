"""The kinds of hyper-parameters: what an annotation accepts, as the Rust core reads it."""

from __future__ import annotations

from functools import cache
from numbers import Integral, Real
from typing import Any

Plain = None | bool | int | float | str | tuple["Plain", ...] | dict[str, Any]


def plain(name: str, value: Any, annotation: str) -> Plain:
    """Turn a parameter into a plain Python value of the kind that its annotation names.

    Parameters
    ----------
    name : str
        What an error calls it.
    value : object
        What the user gave; NumPy's numbers and bools pass for Python's.
    annotation : str
        ``float``, ``int``, ``bool``, ``str``, ``Optimizer``, a tuple of these, or one of these
        or ``None``.

    Returns
    -------
    value : None, bool, int, float, str, tuple or dict
        What the core reads.

    Raises
    ------
    TypeError
        If the value is of another kind. Ranges are the core's to check.
    """
    kind, is_optional = _parse(annotation)
    if value is None and is_optional:
        return None
    if isinstance(kind, tuple):
        return _several(name, value, kind)
    return _one(name, value, kind, " or None" if is_optional else "")


def _one(name: str, value: Any, kind: str, or_none: str) -> Plain:
    # NumPy's bool is what a search over np.array([True, False]) hands in.
    is_bool = type(value).__name__ in ("bool", "bool_")
    if kind == "bool" and is_bool:
        return bool(value)
    if kind == "float" and isinstance(value, Real) and not is_bool:
        return float(value)
    if kind == "int" and isinstance(value, Integral) and not is_bool:
        return int(value)
    if kind == "str" and isinstance(value, str):
        return str(value)
    if kind == "Optimizer" and hasattr(value, "to_config"):
        return dict(value.to_config())
    words = {"float": "a number", "int": "an int", "bool": "a bool", "str": "a str"}
    expected = words.get(kind, "an optimizer")
    raise TypeError(f"`{name}` must be {expected}{or_none}, got {value!r}")


def _several(name: str, value: Any, kinds: tuple[str, ...]) -> Plain:
    any_number = kinds[-1] == "..."
    fits = isinstance(value, tuple | list) and (any_number or len(value) == len(kinds))
    if not fits:
        pair = {2: "a pair of numbers"}.get(0 if any_number else len(kinds))
        count = "" if any_number else f"{len(kinds)} "
        raise TypeError(f"`{name}` must be {pair or f'a tuple of {count}numbers'}, got {value!r}")
    if any_number:
        kinds = kinds[:1] * len(value)
    return tuple(plain(f"{name}[{i}]", item, kinds[i]) for i, item in enumerate(value))


@cache
def _parse(annotation: str) -> tuple[str | tuple[str, ...], bool]:
    """Split an annotation into a kind, or the kinds of a tuple's items, and whether None is one."""
    text = annotation.removesuffix(" | None")
    is_optional = text != annotation
    if text.startswith("tuple[") and text.endswith("]"):
        return tuple(item.strip() for item in text[len("tuple[") : -1].split(",")), is_optional
    if text not in ("float", "int", "bool", "str", "Optimizer"):
        raise TypeError(f"no kind of hyper-parameter is annotated {annotation!r}")
    return text, is_optional
