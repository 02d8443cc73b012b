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
from thalweg.optimizers.asam import ASAM
from thalweg.optimizers.dadaptadagrad import DAdaptAdaGrad
from thalweg.optimizers.dadaptadam import DAdaptAdam
from thalweg.optimizers.dadaptsgd import DAdaptSGD
from thalweg.optimizers.dog import DoG
from thalweg.optimizers.dowg import DoWG
from thalweg.optimizers.ema import EMA
from thalweg.optimizers.lars import LARS
from thalweg.optimizers.lookahead import Lookahead
from thalweg.optimizers.momo import MoMo
from thalweg.optimizers.nadam import NAdam
from thalweg.optimizers.polyaksgd import PolyakSGD
from thalweg.optimizers.prodigy import Prodigy
from thalweg.optimizers.sam import SAM
from thalweg.optimizers.sgd import SGD
from thalweg.optimizers.swa import SWA

__all__ = [
    "ASAM",
    "EMA",
    "LARS",
    "SAM",
    "SGD",
    "SWA",
    "Adam",
    "AdamW",
    "DAdaptAdaGrad",
    "DAdaptAdam",
    "DAdaptSGD",
    "DoG",
    "DoWG",
    "Lookahead",
    "MoMo",
    "NAdam",
    "Optimizer",
    "PolyakSGD",
    "Prodigy",
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
    ASAM,
    DAdaptAdaGrad,
    DAdaptAdam,
    DAdaptSGD,
    DoG,
    DoWG,
    EMA,
    Lookahead,
    MoMo,
    PolyakSGD,
    Prodigy,
    SWA,
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
