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
from thalweg.optimizers.adadelta import Adadelta
from thalweg.optimizers.adagrad import Adagrad
from thalweg.optimizers.adabelief import AdaBelief
from thalweg.optimizers.adagradnorm import AdaGradNorm
from thalweg.optimizers.adafactor import Adafactor
from thalweg.optimizers.adam import Adam
from thalweg.optimizers.adamax import Adamax
from thalweg.optimizers.adamw import AdamW
from thalweg.optimizers.aggmo import AggMo
from thalweg.optimizers.asgd import ASGD
from thalweg.optimizers.ema_momentum import EMAMomentum
from thalweg.optimizers.lars import LARS
from thalweg.optimizers.lion import Lion
from thalweg.optimizers.nadam import NAdam
from thalweg.optimizers.optimistic_gd import OptimisticGD
from thalweg.optimizers.qhm import QHM
from thalweg.optimizers.radam import RAdam
from thalweg.optimizers.rmsprop import RMSprop
from thalweg.optimizers.rprop import Rprop
from thalweg.optimizers.adan import Adan
from thalweg.optimizers.ademamix import AdEMAMix
from thalweg.optimizers.adopt import ADOPT
from thalweg.optimizers.cocob import COCOB
from thalweg.optimizers.ftrl import FTRL
from thalweg.optimizers.lars import LARS
from thalweg.optimizers.madgrad import MADGRAD
from thalweg.optimizers.nadam import NAdam
from thalweg.optimizers.normadaptivegd import NormAdaptiveGD
from thalweg.optimizers.fromage import Fromage
from thalweg.optimizers.lamb import LAMB
from thalweg.optimizers.lars import LARS
from thalweg.optimizers.muon import Muon
from thalweg.optimizers.nadam import NAdam
from thalweg.optimizers.novograd import NovoGrad
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
from thalweg.optimizers.schedulefreeadamw import ScheduleFreeAdamW
from thalweg.optimizers.schedulefreeradam import ScheduleFreeRAdam
from thalweg.optimizers.schedulefreesgd import ScheduleFreeSGD
from thalweg.optimizers.sgd import SGD
from thalweg.optimizers.sign_sgd import SignSGD
from thalweg.optimizers.signum import Signum
from thalweg.optimizers.sparse_adam import SparseAdam

__all__ = [
    "ASGD",
    "LARS",
    "QHM",
    "SAM",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "AggMo",
    "EMAMomentum",
    "Lion",
    "NAdam",
    "OptimisticGD",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "Run",
    "SignSGD",
    "Signum",
    "SparseAdam",
from thalweg.optimizers.sophiag import SophiaG
from thalweg.optimizers.yogi import Yogi

__all__ = [
    "ADOPT",
    "COCOB",
    "FTRL",
    "LARS",
    "MADGRAD",
    "SAM",
    "SGD",
    "AdEMAMix",
    "AdaBelief",
    "AdaGradNorm",
    "Adam",
    "AdamW",
    "Adan",
    "NAdam",
    "NormAdaptiveGD",
    "Optimizer",
    "Run",
    "ScheduleFreeAdamW",
    "ScheduleFreeRAdam",
    "ScheduleFreeSGD",
    "SophiaG",
    "Yogi",
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
    ASGD,
    Adadelta,
    Adagrad,
    Adamax,
    AggMo,
    EMAMomentum,
    Lion,
    OptimisticGD,
    QHM,
    RAdam,
    RMSprop,
    Rprop,
    SignSGD,
    Signum,
    SparseAdam,
    ADOPT,
    AdEMAMix,
    AdaBelief,
    AdaGradNorm,
    Adan,
    COCOB,
    FTRL,
    MADGRAD,
    NormAdaptiveGD,
    ScheduleFreeAdamW,
    ScheduleFreeRAdam,
    ScheduleFreeSGD,
    SophiaG,
    Yogi,
    SM3,
    SOAP,
    Shampoo,
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
