"""What the optimizers share: scikit-learn's parameter protocol, the dict that Rust reads, and runs.

scikit-learn itself is not imported: ``clone``, ``GridSearchCV`` and the printing of estimators
need only ``get_params``, ``set_params`` and a constructor that stores what it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from inspect import Parameter, signature
from typing import Any, Self

from thalweg.optimizers._kinds import plain
from thalweg.optimizers._run import Run

__all__ = ["Optimizer"]


class Optimizer:
    """Base class of the optimizers; not for direct use.

    A subclass is a constructor: each parameter has a default and is stored unchanged under its
    own name. Values are checked when a fit or a run begins, as everywhere in scikit-learn.
    """

    @classmethod
    @cache  # every fit asks, and signatures are slow to read
    def _parameters(cls) -> dict[str, Parameter]:
        """Return every parameter by name, in the order of the constructor."""
        if cls.__init__ is object.__init__:
            return {}
        parameters = list(signature(cls.__init__).parameters.values())[1:]  # less self
        return {parameter.name: parameter for parameter in parameters}

    @classmethod
    @cache
    def _defaults(cls) -> dict[str, Any]:
        """Return every parameter with its default, in the order of the constructor."""
        return {name: parameter.default for name, parameter in cls._parameters().items()}

    def init(
        self,
        params: Any,
        groups: Sequence[dict[str, Any]] | None = None,
        nonfinite: str = "raise",
    ) -> Run:
        """Begin a run on NumPy arrays.

        Parameters
        ----------
        params : ndarray, or list, tuple or dict of ndarrays
            Where to begin: float32 or float64 throughout, of any shapes. They are copied.
        groups : list of dicts, optional
            Tensors with hyper-parameters of their own: ``{"params": keys or indices, "lr": 0.1}``
            and any other parameter of the optimizer. Tensors that no group names follow the
            optimizer's own.
        nonfinite : {'raise', 'skip', 'allow'}, default='raise'
            What is done about a gradient, or a loss, that is infinite or NaN: an error, the step
            not taken and counted, or a step like any other.

        Returns
        -------
        run : Run
            The parameters, and the state of the optimizer.

        Raises
        ------
        ValueError, TypeError
            If a hyper-parameter, an array or a group is wrong.

        Examples
        --------
        >>> import numpy as np
        >>> from thalweg.optimizers import Adam
        >>> run = Adam(lr=0.1).init([np.zeros(2), np.ones(1)], groups=[{"params": 1, "lr": 0.5}])
        >>> run.step([np.array([1.0, -1.0]), np.ones(1)])
        >>> [array.round(6) for array in run.params]
        [array([-0.1,  0.1]), array([0.5])]
        """
        return Run(self, params, groups, nonfinite)

    def copy(self) -> Self:
        """Return an optimizer with the same parameters."""
        return type(self)(**self.get_params(deep=False))

    def _averages(self) -> bool:
        """Tell whether the parameters to evaluate with are others than those that steps move."""
        from thalweg._core import optimizer_traits  # here: an optimizer alone loads no library

        return bool(optimizer_traits(self.to_config())["averages"])

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool, default=True
            With those of an optimizer within this one, as ``base__lr``.

        Returns
        -------
        params : dict
            Name to value.
        """
        params = {name: getattr(self, name) for name in self._defaults()}
        if deep:
            for name, value in list(params.items()):
                if isinstance(value, Optimizer):
                    inner = value.get_params()
                    params |= {f"{name}__{key}": item for key, item in inner.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name.

        Parameters
        ----------
        **params : dict
            New values; ``base__lr`` is the ``lr`` of the optimizer ``base`` within this one.

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
        nested: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            outer, _, inner = name.partition("__")
            holder = params.get(outer, getattr(self, outer, None)) if inner else None
            if isinstance(holder, Optimizer) and outer in valid:
                nested.setdefault(outer, {})[inner] = value
            elif name not in valid:
                raise ValueError(
                    f"Invalid parameter {name!r} for optimizer {self}. "
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

    def to_config(self) -> dict[str, Any]:
        """Return the tagged dict from which the Rust core builds this optimizer.

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
        for name, parameter in self._parameters().items():
            config[name] = plain(name, getattr(self, name), parameter.annotation)
        return config

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
