"""One schedule of each class; the Rust registry gives what the constructors require."""

from __future__ import annotations

import inspect

import pytest

from thalweg import _core, schedules

EMPTY = inspect.Parameter.empty
REGISTRY = _core.schedule_registry()


def constant_function(t):
    return 0.5


def example(cls):
    """Build a schedule from the defaults that Rust has for what Python requires."""
    given = {}
    fields = REGISTRY[cls._name()]
    for name, default in cls._defaults().items():
        # One of several ways to give the steps of OneCycleLR, all of them optional.
        if default is not EMPTY and name != "total_steps":
            continue
        if name in cls._tabulated:
            given[name] = constant_function
        elif name == "schedulers":
            given[name] = [from_config(member) for member in fields[name]]
        else:
            given[name] = fields[name]
    return cls(**given)


def from_config(config):
    fields = dict(config)
    return getattr(schedules, fields.pop("name"))(**fields)


every_schedule = pytest.mark.parametrize(
    "cls", schedules.all_schedules(), ids=lambda cls: cls.__name__
)
