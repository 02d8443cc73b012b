"""Groups of a run on arrays: tensors with hyper-parameters of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from thalweg.optimizers._arrays import Structure

if TYPE_CHECKING:
    from thalweg.optimizers._base import Optimizer

__all__ = ["Groups"]

Config = tuple[dict[str, Any], list[int], bool]


class Groups:
    """What the groups of a run change of its optimizer.

    Parameters
    ----------
    groups : sequence of dicts or None
        ``params``, and hyper-parameters by name.
    structure : Structure
        The parameters of the run.
    """

    def __init__(self, groups: Sequence[dict[str, Any]] | None, structure: Structure) -> None:
        self.given = [dict(group) for group in groups or ()]
        self._structure = structure

    def configs(self, optimizer: Optimizer) -> list[Config]:
        """Return configurations, tensor numbers and whether the rate is the group's own."""
        configs = []
        valid = optimizer.get_params()  # with those of an optimizer within, as base__lr
        for i, group in enumerate(self.given):
            if "params" not in group:
                raise ValueError(f"`groups[{i}]` lacks the key 'params'")
            changes = _changes(group)
            unknown = [key for key in changes if key not in valid]
            if unknown:
                raise ValueError(
                    f"`groups[{i}]` has no key {unknown[0]!r}; its keys are {['params', *valid]}"
                )
            config = optimizer.copy().set_params(**changes).to_config()
            tensors = self._structure.indices(f"groups[{i}]['params']", group["params"])
            # A whole optimizer brings its rate with it.
            has_own_rate = any(
                key.rpartition("__")[2] == "lr" or hasattr(value, "to_config")
                for key, value in changes.items()
            )
            configs.append((config, tensors, has_own_rate))
        return configs

    def optimizers(self, optimizer: Optimizer) -> list[Optimizer]:
        """Return the optimizer of each group, that of tensors in no group first."""
        named = sum(len(tensors) for _, tensors, _ in self.configs(optimizer))
        rest = [optimizer] if named < len(self._structure.places()) or not self.given else []
        return rest + [optimizer.copy().set_params(**_changes(group)) for group in self.given]


def _changes(group: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in group.items() if key != "params"}
