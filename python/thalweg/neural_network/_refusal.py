"""After a refused call the estimator is as it was: undo what checking has already touched.

scikit-learn's ``validate_data`` writes ``n_features_in_`` while it checks, and drawing weights or a
validation split advances the random state. Rather than order everything around that, one snapshot
is taken before and put back if the call fails before training has produced anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sklearn.utils import check_random_state

if TYPE_CHECKING:
    import numpy as np
    from sklearn.base import BaseEstimator


@contextmanager
def unchanged_if_refused(estimator: BaseEstimator) -> Iterator[np.random.RandomState]:
    """Run a block that may fail; if it does, restore the estimator and its generator.

    The snapshot is shallow, so the block must replace fitted attributes and not change them in
    place.

    Parameters
    ----------
    estimator : BaseEstimator
        The estimator to protect; its ``random_state`` may be NumPy's global generator.

    Yields
    ------
    rng : RandomState
        The generator that ``random_state`` stands for.
    """
    rng = check_random_state(estimator.random_state)
    generator = rng.get_state(legacy=False)
    attributes = dict(vars(estimator))
    try:
        yield rng
    except BaseException:  # KeyboardInterrupt too: nothing was learned yet
        for name in vars(estimator).keys() - attributes.keys():
            delattr(estimator, name)
        vars(estimator).update(attributes)
        rng.set_state(generator)
        raise
