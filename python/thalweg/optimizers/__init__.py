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
from thalweg.optimizers.adabelief import AdaBelief
from thalweg.optimizers.adadelta import Adadelta
from thalweg.optimizers.adafactor import Adafactor
from thalweg.optimizers.adagrad import Adagrad
from thalweg.optimizers.adagrad_norm import AdaGradNorm
from thalweg.optimizers.adam import Adam
from thalweg.optimizers.adamax import Adamax
from thalweg.optimizers.adamw import AdamW
from thalweg.optimizers.adan import Adan
from thalweg.optimizers.ademamix import AdEMAMix
from thalweg.optimizers.adopt import ADOPT
from thalweg.optimizers.aggmo import AggMo
from thalweg.optimizers.asam import ASAM
from thalweg.optimizers.asgd import ASGD
from thalweg.optimizers.barzilai_borwein import BarzilaiBorwein
from thalweg.optimizers.cocob import COCOB
from thalweg.optimizers.dadapt_adagrad import DAdaptAdaGrad
from thalweg.optimizers.dadapt_adam import DAdaptAdam
from thalweg.optimizers.dadapt_sgd import DAdaptSGD
from thalweg.optimizers.dog import DoG
from thalweg.optimizers.dowg import DoWG
from thalweg.optimizers.ema import EMA
from thalweg.optimizers.ema_momentum import EMAMomentum
from thalweg.optimizers.fista import FISTA
from thalweg.optimizers.fromage import Fromage
from thalweg.optimizers.ftrl import FTRL
from thalweg.optimizers.gradient_descent import GradientDescent
from thalweg.optimizers.lamb import LAMB
from thalweg.optimizers.lars import LARS
from thalweg.optimizers.lbfgs import LBFGS
from thalweg.optimizers.lion import Lion
from thalweg.optimizers.lookahead import Lookahead
from thalweg.optimizers.madgrad import MADGRAD
from thalweg.optimizers.momo import MoMo
from thalweg.optimizers.muon import Muon
from thalweg.optimizers.nadam import NAdam
from thalweg.optimizers.nesterov_ag import NesterovAG
from thalweg.optimizers.nonlinear_cg import NonlinearCG
from thalweg.optimizers.norm_adaptive_gd import NormAdaptiveGD
from thalweg.optimizers.novograd import NovoGrad
from thalweg.optimizers.optimistic_gd import OptimisticGD
from thalweg.optimizers.polyak_sgd import PolyakSGD
from thalweg.optimizers.prodigy import Prodigy
from thalweg.optimizers.proximal_gradient import ProximalGradient
from thalweg.optimizers.qhm import QHM
from thalweg.optimizers.radam import RAdam
from thalweg.optimizers.rmsprop import RMSprop
from thalweg.optimizers.rprop import Rprop
from thalweg.optimizers.sam import SAM
from thalweg.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from thalweg.optimizers.schedule_free_radam import ScheduleFreeRAdam
from thalweg.optimizers.schedule_free_sgd import ScheduleFreeSGD
from thalweg.optimizers.sgd import SGD
from thalweg.optimizers.shampoo import Shampoo
from thalweg.optimizers.sign_sgd import SignSGD
from thalweg.optimizers.signum import Signum
from thalweg.optimizers.sm3 import SM3
from thalweg.optimizers.soap import SOAP
from thalweg.optimizers.sophia_g import SophiaG
from thalweg.optimizers.sparse_adam import SparseAdam
from thalweg.optimizers.svrg import SVRG
from thalweg.optimizers.swa import SWA
from thalweg.optimizers.yogi import Yogi

__all__ = [
    "ADOPT",
    "ASAM",
    "ASGD",
    "COCOB",
    "EMA",
    "FISTA",
    "FTRL",
    "LAMB",
    "LARS",
    "LBFGS",
    "MADGRAD",
    "QHM",
    "SAM",
    "SGD",
    "SM3",
    "SOAP",
    "SVRG",
    "SWA",
    "AdEMAMix",
    "AdaBelief",
    "AdaGradNorm",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Adan",
    "AggMo",
    "BarzilaiBorwein",
    "DAdaptAdaGrad",
    "DAdaptAdam",
    "DAdaptSGD",
    "DoG",
    "DoWG",
    "EMAMomentum",
    "Fromage",
    "GradientDescent",
    "Lion",
    "Lookahead",
    "MoMo",
    "Muon",
    "NAdam",
    "NesterovAG",
    "NonlinearCG",
    "NormAdaptiveGD",
    "NovoGrad",
    "OptimisticGD",
    "Optimizer",
    "PolyakSGD",
    "Prodigy",
    "ProximalGradient",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Run",
    "ScheduleFreeAdamW",
    "ScheduleFreeRAdam",
    "ScheduleFreeSGD",
    "Shampoo",
    "SignSGD",
    "Signum",
    "SophiaG",
    "SparseAdam",
    "Yogi",
    "all_optimizers",
    "named",
]

# One line per member; the tests hold it against the registry of the Rust core.
_REGISTRY: tuple[type[Optimizer], ...] = (
    SGD,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    AdaGradNorm,
    Adam,
    Adamax,
    AdamW,
    Adan,
    AdEMAMix,
    ADOPT,
    AggMo,
    ASAM,
    ASGD,
    BarzilaiBorwein,
    COCOB,
    DAdaptAdaGrad,
    DAdaptAdam,
    DAdaptSGD,
    DoG,
    DoWG,
    EMA,
    EMAMomentum,
    FISTA,
    Fromage,
    FTRL,
    GradientDescent,
    LAMB,
    LARS,
    LBFGS,
    Lion,
    Lookahead,
    MADGRAD,
    MoMo,
    Muon,
    NAdam,
    NesterovAG,
    NonlinearCG,
    NormAdaptiveGD,
    NovoGrad,
    OptimisticGD,
    PolyakSGD,
    Prodigy,
    ProximalGradient,
    QHM,
    RAdam,
    RMSprop,
    Rprop,
    SAM,
    ScheduleFreeAdamW,
    ScheduleFreeRAdam,
    ScheduleFreeSGD,
    Shampoo,
    SignSGD,
    Signum,
    SM3,
    SOAP,
    SophiaG,
    SparseAdam,
    SVRG,
    SWA,
    Yogi,
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


def named(name: str) -> Optimizer:
    """Return the optimizer of a name, whatever its case, at its defaults.

    Parameters
    ----------
    name : str
        Name of a class.

    Returns
    -------
    optimizer : Optimizer
        A member of the family.

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> from thalweg.optimizers import named
    >>> named("adam")
    Adam()
    """
    known = {optimizer.__name__.lower(): optimizer for optimizer in _REGISTRY}
    if name.lower() not in known:
        names = sorted(optimizer.__name__ for optimizer in _REGISTRY)
        raise ValueError(f"`solver` must be an optimizer or among {names}, got {name!r}")
    return known[name.lower()]()
