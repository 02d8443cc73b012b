"""What a training hands back, and how it becomes fitted attributes."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

INTERRUPTED = ("Training interrupted by user.", UserWarning)
NON_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


@dataclass(frozen=True)
class Outcome:
    """The end of a training.

    Attributes
    ----------
    params : ndarray of shape (n_parameters,)
        The weights to keep, packed; always finite.
    attributes : dict
        Fitted attributes by name.
    warning : tuple of str and type, or None
        Message and category.
    error : str or None
        Message of the ValueError to raise once the attributes are set.
    """

    params: NDArray[Any]
    attributes: dict[str, Any]
    warning: tuple[str, type[Warning]] | None = None
    error: str | None = None

    def announce(self) -> None:
        """Emit the warning, raise the error.

        Raises
        ------
        ValueError
            If the training diverged with nothing to fall back on.
        """
        if self.warning is not None:
            # Up to the line that called fit: announce, _fit, fit, scikit-learn's fit context.
            warnings.warn(*self.warning, stacklevel=5)
        if self.error is not None:
            raise ValueError(self.error)
