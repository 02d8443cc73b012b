"""What linear models offer beyond scikit-learn's, for classifiers and regressors alike.

The mixins stand before the classes that train sample by sample, and hand on what is theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse, vstack
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import (
    _check_feature_names,
    check_array,
    check_consistent_length,
)

from thalweg.optimizers import Optimizer
from thalweg.schedules import Schedule

CONSTRAINTS: dict[str, Any] = {
    "solver": [str, Optimizer, None],
    "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"full"})],
    "schedule": [Schedule, None],
}


class Beyond:
    """What classifiers and regressors share."""

    _held_out: int | None = None  # rows at the end of the data that a fit validates on

    def _more_validate_params(self: Any, for_partial_fit: bool = False) -> None:
        """Check parameters together as scikit-learn does, a rate that is not in use left out."""
        checked = self
        if self.solver is not None or self.schedule is not None:
            checked = copy(self)
            checked.learning_rate = "constant"  # 'optimal', the default, wants a penalty
        super(Beyond, checked)._more_validate_params(for_partial_fit)  # type: ignore[misc]

    def _make_validation_split(self: Any, y: NDArray[Any], sample_mask: Any) -> NDArray[Any]:
        """Return which samples are held back: those that the caller gave, where there are any."""
        if self._held_out is None:
            return super()._make_validation_split(y, sample_mask)  # type: ignore[misc]
        held_back = np.zeros(len(y), bool)
        held_back[-self._held_out :] = True
        return held_back

    @contextmanager
    def _joined(
        self: Any, X: Any, y: Any, sample_weight: Any, validation: tuple[Any, Any] | None
    ) -> Iterator[tuple[Any, Any, Any]]:
        """Yield data with the rows to validate on at its end, which `fit` then holds back."""
        if validation is None:
            yield X, y, sample_weight
            return
        X_val, y_val = validation
        # Their numbers are looked at later, together.
        plain = {"accept_sparse": "csr", "dtype": "numeric", "ensure_all_finite": False}
        parts = [check_array(part, **plain) for part in (X, X_val)]
        if parts[0].shape[1] != parts[1].shape[1]:
            raise ValueError(
                f"X has {parts[1].shape[1]} features, but {type(self).__name__} is expecting "
                f"{parts[0].shape[1]} features as input."
            )
        sparse = any(map(issparse, parts))
        if sample_weight is not None:
            weights = np.broadcast_to(sample_weight, len(y))
            sample_weight = np.concatenate([weights, np.ones(len(y_val))])
        self._held_out = len(y_val)
        try:
            yield (
                vstack(parts, format="csr") if sparse else np.vstack(parts),
                np.concatenate([np.asarray(y), np.asarray(y_val)]),
                sample_weight,
            )
        finally:
            del self._held_out
        _check_feature_names(self, X, reset=True)


def check_validation(estimator: Any, X_val: Any, y_val: Any) -> tuple[Any, Any] | None:
    """Return the rows to validate on, or None where there are none.

    Raises
    ------
    ValueError
        If one of both is missing, or nobody would look at them.
    """
    if (X_val is None) != (y_val is None):
        missing, given = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
        raise ValueError(f"`{missing}` must be given with `{given}`, got None")
    if X_val is None:
        return None
    if not estimator.early_stopping:
        raise ValueError("`early_stopping` must be True with `X_val`, got False")
    check_consistent_length(X_val, y_val)
    return X_val, y_val
