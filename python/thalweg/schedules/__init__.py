"""Schedules: the learning rate as a function of the time.

A schedule is called with a time, which begins at 0, and with the optimizer's own rate. Names and
defaults are PyTorch's without the optimizer; Keras' schedules have Keras' names, and optax's are
functions under optax's names that return one of the others. ``per`` says what the time counts in
a fit: ``"step"``, ``"epoch"`` or ``"sample"``.

Examples
--------
>>> from thalweg.schedules import StepLR, all_schedules, linear_schedule
>>> StepLR(step_size=7, gamma=0.3)(7, lr=0.5)
0.15
>>> linear_schedule(0.0, 0.5, transition_steps=4)([0, 1, 2, 3, 4, 5])
array([0.   , 0.125, 0.25 , 0.375, 0.5  , 0.5  ])
>>> len(all_schedules())
29
"""

from thalweg.schedules._base import Schedule
from thalweg.schedules._range_test import LRRangeTest, lr_range_test
from thalweg.schedules.callables import LambdaLR, MultiplicativeLR
from thalweg.schedules.combined import ChainedScheduler, SequentialLR
from thalweg.schedules.cosine import CosineAnnealingLR, CosineDecay
from thalweg.schedules.cyclic import CyclicLR
from thalweg.schedules.exponential import ExponentialDecay, ExponentialLR
from thalweg.schedules.factors import ConstantLR, LinearLR
from thalweg.schedules.inverse_time import InverseTimeDecay
from thalweg.schedules.onecycle import OneCycleLR
from thalweg.schedules.optax import (
    constant_schedule,
    cosine_decay_schedule,
    cosine_onecycle_schedule,
    exponential_decay,
    join_schedules,
    linear_onecycle_schedule,
    linear_schedule,
    piecewise_constant_schedule,
    piecewise_interpolate_schedule,
    polynomial_schedule,
    sgdr_schedule,
    warmup_constant_schedule,
    warmup_cosine_decay_schedule,
    warmup_exponential_decay_schedule,
)
from thalweg.schedules.piecewise import PiecewiseConstantDecay, PiecewiseInterpolate
from thalweg.schedules.plateau import ReduceLROnPlateau
from thalweg.schedules.polynomial import PolynomialDecay, PolynomialLR
from thalweg.schedules.restarts import CosineAnnealingWarmRestarts, CosineDecayRestarts
from thalweg.schedules.rex import REX
from thalweg.schedules.scikit_learn import Adaptive, Constant, InvScaling, Optimal
from thalweg.schedules.steps import MultiStepLR, StepLR
from thalweg.schedules.swa import SWALR
from thalweg.schedules.warmup_stable_decay import WarmupStableDecay

__all__ = [
    "REX",
    "SWALR",
    "Adaptive",
    "ChainedScheduler",
    "Constant",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CosineDecay",
    "CosineDecayRestarts",
    "CyclicLR",
    "ExponentialDecay",
    "ExponentialLR",
    "InvScaling",
    "InverseTimeDecay",
    "LRRangeTest",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "Optimal",
    "PiecewiseConstantDecay",
    "PiecewiseInterpolate",
    "PolynomialDecay",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "Schedule",
    "SequentialLR",
    "StepLR",
    "WarmupStableDecay",
    "all_schedules",
    "constant_schedule",
    "cosine_decay_schedule",
    "cosine_onecycle_schedule",
    "exponential_decay",
    "join_schedules",
    "linear_onecycle_schedule",
    "linear_schedule",
    "lr_range_test",
    "piecewise_constant_schedule",
    "piecewise_interpolate_schedule",
    "polynomial_schedule",
    "sgdr_schedule",
    "warmup_constant_schedule",
    "warmup_cosine_decay_schedule",
    "warmup_exponential_decay_schedule",
]

# One line per member; the tests hold it against the registry of the Rust core.
_REGISTRY: tuple[type[Schedule], ...] = (
    Constant,
    InvScaling,
    Adaptive,
    Optimal,
    LambdaLR,
    MultiplicativeLR,
    StepLR,
    MultiStepLR,
    ConstantLR,
    LinearLR,
    ExponentialLR,
    PolynomialLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    OneCycleLR,
    SequentialLR,
    ChainedScheduler,
    SWALR,
    ReduceLROnPlateau,
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
    CosineDecay,
    CosineDecayRestarts,
    PiecewiseInterpolate,
    WarmupStableDecay,
    REX,
)


def all_schedules() -> list[type[Schedule]]:
    """Return every schedule class.

    Returns
    -------
    classes : list of type
        The members of the family.

    Examples
    --------
    >>> from thalweg.schedules import all_schedules
    >>> all_schedules()[0]()
    Constant()
    """
    return list(_REGISTRY)
