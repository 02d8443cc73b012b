"""scikit-learn's functions with some of what they call replaced."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any


def rebind(function: Callable[..., Any], **replacements: Any) -> Callable[..., Any]:
    """Copy a function, so that the copy finds other objects under some global names.

    A fit of scikit-learn's is a page of checks, warnings and messages around one call of a solver.
    The copy has the page and calls our solver; scikit-learn itself is left as it is.

    Parameters
    ----------
    function : function
        Of module level, or a method that has no need of ``super()``; decorators are taken off.
    **replacements : object
        What the copy finds under these names, each of which the function must use.

    Returns
    -------
    copy : function
        The same code.

    Raises
    ------
    ImportError
        If the function does not use a name: a scikit-learn that works in another way.
    """
    plain = getattr(function, "__wrapped__", function)
    if not isinstance(plain, FunctionType) or not set(replacements) <= set(plain.__code__.co_names):
        raise ImportError(
            f"thalweg does not know this version of scikit-learn: {function!r} does not use "
            f"{sorted(replacements)}"
        )
    copy = FunctionType(
        plain.__code__,
        {**plain.__globals__, **replacements},
        plain.__name__,
        plain.__defaults__,
        plain.__closure__,
    )
    copy.__kwdefaults__ = plain.__kwdefaults__
    return copy
