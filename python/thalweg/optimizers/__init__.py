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
from thalweg.optimizers.adafactor import Adafactor
from thalweg.optimizers.adam import Adam
from thalweg.optimizers.adamw import AdamW
from thalweg.optimizers.fromage import Fromage
from thalweg.optimizers.lamb import LAMB
from thalweg.optimizers.lars import LARS
from thalweg.optimizers.muon import Muon
from thalweg.optimizers.nadam import NAdam
from thalweg.optimizers.novograd import NovoGrad
from thalweg.optimizers.sam import SAM
from thalweg.optimizers.sgd import SGD
from thalweg.optimizers.shampoo import Shampoo
from thalweg.optimizers.sm3 import SM3
from thalweg.optimizers.soap import SOAP

__all__ = [
    "LAMB",
    "LARS",
    "SAM",
    "SGD",
    "SM3",
    "SOAP",
    "Adafactor",
    "Adam",
    "AdamW",
    "Fromage",
    "Muon",
    "NAdam",
    "NovoGrad",
    "Optimizer",
    "Run",
    "Shampoo",
    "all_optimizers",
]

# One line per member; the tests hold it against the registry of the Rust core.
_REGISTRY: tuple[type[Optimizer], ...] = (
    SGD,
    Adafactor,
    Adam,
    AdamW,
    Fromage,
    LAMB,
    LARS,
    Muon,
    NAdam,
    NovoGrad,
    SAM,
    SM3,
    SOAP,
    Shampoo,
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
