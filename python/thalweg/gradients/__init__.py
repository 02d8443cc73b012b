"""Gradient transforms: what is done to a gradient before the optimizer sees it.

A list of them is applied in its order. The order that most people mean is: accumulate, look for
infinity and NaN, clip, centralise, add penalties; then come the optimizer's own moments, decoupled
decay and rate. So ``[Accumulate(4), SkipNonFinite(), ClipNorm(1.0), Centralize(), L2(1e-4)]``
clips the mean of four micro-batches, and the penalty is not clipped. An estimator's ``clip_value``
and ``clip_norm`` take their place in that order by themselves.

Estimators take ``gradient_transforms=[...]``, and so does ``Optimizer.init`` for NumPy arrays. A
transform is also a function of arrays.

Examples
--------
>>> import numpy as np
>>> from thalweg.gradients import ClipNorm, all_gradient_transforms
>>> ClipNorm(1.0)(np.array([3.0, 4.0])).round(4)
array([0.6, 0.8])
>>> len(all_gradient_transforms())
13
"""

from thalweg.gradients._base import GradientTransform
from thalweg.gradients.batches import Accumulate, SkipNonFinite
from thalweg.gradients.clipping import (
    AdaptiveClip,
    ClipNorm,
    ClipNormPerTensor,
    ClipPerExample,
    ClipValue,
)
from thalweg.gradients.penalties import L1, L2, ElasticNet
from thalweg.gradients.shaping import Centralize, GaussianNoise, Normalize

__all__ = [
    "L1",
    "L2",
    "Accumulate",
    "AdaptiveClip",
    "Centralize",
    "ClipNorm",
    "ClipNormPerTensor",
    "ClipPerExample",
    "ClipValue",
    "ElasticNet",
    "GaussianNoise",
    "GradientTransform",
    "Normalize",
    "SkipNonFinite",
    "all_gradient_transforms",
]

# One line per member; the tests hold it against the registry of the Rust core.
_REGISTRY: tuple[type[GradientTransform], ...] = (
    ClipValue,
    ClipNorm,
    ClipNormPerTensor,
    AdaptiveClip,
    ClipPerExample,
    Centralize,
    GaussianNoise,
    Accumulate,
    SkipNonFinite,
    L1,
    L2,
    ElasticNet,
    Normalize,
)


def all_gradient_transforms() -> list[type[GradientTransform]]:
    """Return every gradient transform.

    Returns
    -------
    classes : list of type
        The members of the family, each constructible without arguments.

    Examples
    --------
    >>> from thalweg.gradients import all_gradient_transforms
    >>> all_gradient_transforms()[0]()
    ClipValue()
    """
    return list(_REGISTRY)
