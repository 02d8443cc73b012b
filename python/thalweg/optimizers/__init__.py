"""Optimizers: how a step follows from a gradient.

Names and defaults are PyTorch's. An optimizer here holds parameters only; its buffers belong to
the estimator that trains with it, or to the :class:`Run` that :meth:`Optimizer.init` begins on
NumPy arrays, so one object may serve many.

Examples
--------
>>> from thalweg import MLPClassifier
>>> from thalweg.optimizers import AdamW, all_optimizers
>>> MLPClassifier(solver=AdamW(lr=3e-4))
MLPClassifier(solver=AdamW(lr=0.0003))
>>> AdamW in all_optimizers()
True
"""

from thalweg.optimizers._base import Optimizer
from thalweg.optimizers._run import Run
from thalweg.optimizers.adam import Adam
from thalweg.optimizers.adamw import AdamW
from thalweg.optimizers.barzilai_borwein import BarzilaiBorwein
from thalweg.optimizers.fista import FISTA
from thalweg.optimizers.gradient_descent import GradientDescent
from thalweg.optimizers.lars import LARS
from thalweg.optimizers.lbfgs import LBFGS
from thalweg.optimizers.nadam import NAdam
from thalweg.optimizers.nesterov_ag import NesterovAG
from thalweg.optimizers.nonlinear_cg import NonlinearCG
from thalweg.optimizers.proximal_gradient import ProximalGradient
from thalweg.optimizers.sam import SAM
from thalweg.optimizers.sgd import SGD
from thalweg.optimizers.svrg import SVRG

__all__ = [
    "FISTA",
    "LARS",
    "LBFGS",
    "SAM",
    "SGD",
    "SVRG",
    "Adam",
    "AdamW",
    "BarzilaiBorwein",
    "GradientDescent",
    "NAdam",
    "NesterovAG",
    "NonlinearCG",
    "Optimizer",
    "ProximalGradient",
    "Run",
    "all_optimizers",
]

# One line per member; the tests hold it against the registry of the Rust core.
_REGISTRY: tuple[type[Optimizer], ...] = (
    SGD,
    Adam,
    AdamW,
    LARS,
    NAdam,
    SAM,
    BarzilaiBorwein,
    FISTA,
    GradientDescent,
    LBFGS,
    NesterovAG,
    NonlinearCG,
    ProximalGradient,
    SVRG,
)


def all_optimizers() -> list[type[Optimizer]]:
    """Return every optimizer class.

    Returns
    -------
    classes : list of type
        The members of the family, each constructible without arguments.

    Examples
    --------
    >>> from thalweg.optimizers import all_optimizers
    >>> all_optimizers()[0]()
    SGD()
    """
    return list(_REGISTRY)
