"""What the optimizers share: parameters, the dict that Rust reads, and runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from thalweg._parameters import Parameters, plain
from thalweg.optimizers._run import Run

if TYPE_CHECKING:
    from thalweg.gradients import GradientTransform
    from thalweg.schedules import Schedule

__all__ = ["Optimizer"]


class Optimizer(Parameters):
    """Base class of the optimizers; not for direct use.

    A subclass is a constructor: each parameter has a default and is stored unchanged under its
    own name. Values are checked when a fit or a run begins, as everywhere in scikit-learn.
    """

    _kind: ClassVar[str] = "optimizer"

    def init(
        self,
        params: Any,
        groups: Sequence[dict[str, Any]] | None = None,
        nonfinite: str = "raise",
        gradient_transforms: Sequence[GradientTransform] = (),
        schedule: Schedule | Sequence[Schedule] | None = None,
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
        gradient_transforms : sequence of GradientTransform, default=()
            What is done to each gradient first, in this order; see :mod:`thalweg.gradients`.

        schedule : Schedule or list of Schedule, optional
            The rate of each step as a function of :attr:`Run.t`, from each group's own ``lr``, and
            the momentum where the schedule moves it; of :mod:`thalweg.schedules`, with
            ``per='step'``. A list has one for each group, and so have the lists that PyTorch takes
            within a schedule, as ``LambdaLR([f, g])``: the tensors that no group names come first,
            where there are some, and then the groups in their order.

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

        A schedule moves both rates:

        >>> from thalweg.schedules import ExponentialLR
        >>> halving = ExponentialLR(gamma=0.5, per="step")
        >>> run = Adam(lr=0.1).init([np.zeros(2), np.ones(1)], schedule=halving)
        >>> for _ in range(2):
        ...     run.step([np.array([1.0, -1.0]), np.ones(1)])
        >>> run.lr
        0.025
        """
        return Run(self, params, groups, nonfinite, gradient_transforms, schedule)

    def _averages(self) -> bool:
        """Tell whether the parameters to evaluate with are others than those that steps move."""
        from thalweg._core import optimizer_traits  # here: an optimizer alone loads no library

        return bool(optimizer_traits(self.to_config())["averages"])

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
        for name, kind in self._types().items():
            config[name] = plain(name, getattr(self, name), kind)
        return config
