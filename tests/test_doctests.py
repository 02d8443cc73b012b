"""The examples in the docstrings of the installed package are true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import thalweg

MODULES = [
    module.name
    for module in pkgutil.walk_packages(thalweg.__path__, "thalweg.")
    if module.name != "thalweg.__main__"
]


@pytest.mark.parametrize("name", ["thalweg", *MODULES])
def test_docstrings(name):
    outcome = doctest.testmod(
        importlib.import_module(name),
        optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS,
    )
    assert outcome.failed == 0
