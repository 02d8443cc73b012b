"""The Rust extension module. Private: the public faces are the estimators and thalweg.linalg.

T is float32 or float64, one dtype per call; arrays are C-contiguous.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "GradientChain",
    "LinearObjective",
    "MlpObjective",
    "OptimizerRun",
    "__version__",
    "arena_layout",
    "available_isas",
    "axpy",
    "column_sums",
    "dot",
    "exp",
    "fma_peak",
    "get_num_threads",
    "gradient_registry",
    "isa",
    "linear_loss",
    "linear_loss_registry",
    "log",
    "log_sum_exp_rows",
    "matmul",
    "matmul_stack",
    "matvec",
    "matvec_stack",
    "mlp_forward",
    "optimizer_registry",
    "optimizer_traits",
    "plain_product",
    "plateau_update",
    "relu",
    "relu_gradient",
    "row_norms",
    "row_sums",
    "schedule_momenta",
    "schedule_rates",
    "schedule_registry",
    "set_num_threads",
    "sigmoid",
    "sigmoid_gradient",
    "simulate_fault",
    "softmax_rows",
    "tanh",
    "tanh_gradient",
    "train_mlp",
    "train_sag",
    "train_sgd",
    "validate_gradient_transform",
    "validate_optimizer",
    "validate_schedule",
]

_Array = NDArray[Any]
_Places = NDArray[np.int64]
_T = TypeVar("_T", np.float32, np.float64)
# data, indices, indptr, number of columns; rows sorted, without duplicates.
_Csr = tuple[NDArray[_T], NDArray[np.int64], NDArray[np.int64], int]
# Bytes, their type as `dtype.str`, the first element's place, row and column stride, rows, columns.
_Block = tuple[NDArray[np.uint8], str, int, int, int, int, int]
# The dtype to convert to, "float32" or "float64", and blocks of columns.
_Raw = tuple[str, list[_Block]]
_Rows = NDArray[_T] | _Csr[_T] | _Raw
_Config = dict[str, Any]
# Key and position of MT19937.
_Twister = tuple[NDArray[np.uint32], int]

__version__: str

# ---- The machine ---------------------------------------------------------------------------------

def set_num_threads(n: int) -> None: ...
def get_num_threads() -> int: ...
def isa() -> str: ...
def available_isas() -> list[str]: ...
def fma_peak(dtype: str, threads: int = 1) -> float: ...
def simulate_fault(on_helper: bool) -> None: ...

# ---- Linear algebra: the last argument is written to --------------------------------------------

def exp(x: _Array, out: _Array) -> None: ...
def log(x: _Array, out: _Array) -> None: ...
def tanh(x: _Array, out: _Array) -> None: ...
def sigmoid(x: _Array, out: _Array) -> None: ...
def relu(x: _Array, out: _Array) -> None: ...
def tanh_gradient(output: _Array, grad: _Array, out: _Array) -> None: ...
def sigmoid_gradient(output: _Array, grad: _Array, out: _Array) -> None: ...
def relu_gradient(output: _Array, grad: _Array, out: _Array) -> None: ...
def axpy(alpha: float, x: _Array, y: _Array) -> None: ...
def dot(x: _Array, y: _Array) -> float: ...
def plain_product(a: object, b: object) -> _Array | None: ...  # None: not plain, take the others
def matmul(a: _Array, b: _Array, out: _Array) -> None: ...
def matvec(a: _Array, x: _Array, out: _Array) -> None: ...

# The stacks: a_at[i] is the place in the stack a of the operand of out[i].
def matmul_stack(a: _Array, b: _Array, a_at: _Places, b_at: _Places, out: _Array) -> None: ...
def matvec_stack(a: _Array, x: _Array, a_at: _Places, x_at: _Places, out: _Array) -> None: ...
def row_sums(x: _Array, out: _Array) -> None: ...
def row_norms(x: _Array, out: _Array) -> None: ...
def column_sums(x: _Array, out: _Array) -> None: ...
def log_sum_exp_rows(x: _Array, out: _Array) -> None: ...
def softmax_rows(x: _Array) -> None: ...

# ---- Optimizers ----------------------------------------------------------------------------------

def optimizer_registry() -> dict[str, dict[str, Any]]: ...
def optimizer_traits(config: _Config) -> dict[str, Any]: ...
def validate_optimizer(config: _Config) -> None: ...

# Length of the arena, and the place of each tensor in it.
def arena_layout(shapes: Sequence[Sequence[int]]) -> tuple[int, list[int]]: ...

# The optimizer's own rate; those of the groups, that of tensors in no group first; their momenta.
_Pace = tuple[float, Sequence[float], Sequence[float] | None]

# Gradients: one array for each tensor, or (row numbers, rows). Closures return loss and gradients
# at what is in the arena.
@final
class OptimizerRun:
    def __new__(
        cls,
        config: _Config,
        groups: Sequence[tuple[_Config, Sequence[int], bool]],
        places: Sequence[str],
        shapes: Sequence[Sequence[int]],
        arena: _Array,
        nonfinite: str,
        pace: _Pace | None = None,
    ) -> OptimizerRun: ...
    def step(
        self,
        arena: _Array,
        grads: Sequence[Any],
        loss: float | None,
        lr: float | None,
        curvature: Sequence[Any] | None,
    ) -> bool: ...
    def step_closure(
        self,
        arena: _Array,
        closure: Callable[[], tuple[float, list[Any]]],
        whole: Callable[[], tuple[float, list[Any]]] | None,
        lr: float | None,
    ) -> tuple[bool, float | None]: ...
    def eval_params(self, arena: _Array, out: _Array) -> None: ...
    def configure(
        self, config: _Config, groups: Sequence[tuple[_Config, Sequence[int], bool]]
    ) -> None: ...
    def set_pace(self, pace: _Pace) -> None: ...
    def state(self) -> dict[str, Any]: ...
    def load(
        self,
        arena: _Array,
        step: int,
        lr: float,
        skipped: int,
        buffers: Sequence[Sequence[_Array]],
        numbers: Sequence[float],
    ) -> None: ...
    @property
    def wants_curvature(self) -> bool: ...
    @property
    def t(self) -> int: ...
    @property
    def skipped(self) -> int: ...
    @property
    def lr(self) -> float: ...
    @lr.setter
    def lr(self, lr: float) -> None: ...

# ---- Gradient transforms -------------------------------------------------------------------------

def gradient_registry() -> dict[str, dict[str, Any]]: ...
def validate_gradient_transform(config: _Config) -> None: ...

@final
class GradientChain:
    def __new__(
        cls, configs: Sequence[_Config], shapes: Sequence[Sequence[int]], arena: _Array
    ) -> GradientChain: ...
    def apply(self, params: _Array | None, grads: _Array, weight: float) -> bool: ...
    @property
    def judges_finiteness(self) -> bool: ...
    def state(self) -> dict[str, Any]: ...
    def load(self, state: dict[str, Any]) -> None: ...
    def numbers(self) -> list[list[float]]: ...
    def set_numbers(self, numbers: list[list[float]]) -> None: ...

# ---- Schedules -----------------------------------------------------------------------------------

def schedule_registry() -> dict[str, dict[str, Any]]: ...
def validate_schedule(config: _Config) -> None: ...
def schedule_rates(config: _Config, times: NDArray[np.int64], lr: float) -> NDArray[np.float64]: ...
def schedule_momenta(config: _Config, times: NDArray[np.int64]) -> NDArray[np.float64] | None: ...
def plateau_update(
    config: _Config, state: dict[str, Any], metric: float, lr: float
) -> tuple[float, dict[str, Any]]: ...  # the next rate, and the state after the metric

# ---- Networks ------------------------------------------------------------------------------------

# y: (n, n_outputs); sample_weight: (n,); params: (n_parameters,), weights before intercepts.
def train_mlp(
    x: _Rows[_T],
    y: NDArray[_T],
    sample_weight: NDArray[_T] | None,
    train_rows: NDArray[np.int64] | None,
    validation_rows: NDArray[np.int64] | None,
    params: NDArray[_T],
    config: _Config,
    state: dict[str, Any] | None,
    rng: _Twister | Callable[[int], NDArray[np.int64]] | None,
    on_epoch: Callable[[dict[str, Any]], object] | None,
    validation: tuple[_Rows[_T], NDArray[_T]] | None = None,  # in place of validation_rows
) -> dict[str, Any]: ...  # "best": state and progress as they were after the epoch of best_params
def mlp_forward(
    x: _Rows[_T],
    coefs: Sequence[NDArray[_T]],
    intercepts: Sequence[NDArray[_T]],
    activation: str,
    output: str,
    check_finite: bool,
    wanted: str | None = None,  # "outputs", "values", "both" (1 - p and p), "largest", "above_half"
    precision: str | None = None,
) -> NDArray[Any] | None: ...

@final
class MlpObjective:
    def __new__(
        cls,
        x: _Rows[_T],
        y: NDArray[_T],
        sample_weight: NDArray[_T] | None,
        config: _Config,
    ) -> MlpObjective: ...
    def evaluate(self, params: NDArray[_T]) -> tuple[float, NDArray[_T]]: ...

# ---- Linear models -------------------------------------------------------------------------------

# Indices of int32 or int64, in any order, and perhaps more than once in a row.
_AnyCsr = tuple[NDArray[_T], NDArray[Any], NDArray[Any], int]

def linear_loss_registry() -> dict[str, _Config]: ...
def linear_loss(
    loss: _Config, y: NDArray[np.float64], p: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def train_sgd(
    x: NDArray[_T] | _AnyCsr[_T],
    y: NDArray[_T],
    sample_weight: NDArray[_T] | None,
    held_out: NDArray[np.bool_] | None,
    coef: NDArray[_T],
    intercept: NDArray[np.float64],
    average_coef: NDArray[_T] | None,
    average_intercept: NDArray[np.float64] | None,
    config: _Config,
    problems: list[_Config],
    at_once: int,
    on_epoch: Callable[[dict[str, Any]], object] | None,
) -> dict[str, Any]: ...

@final
class LinearObjective:
    def __new__(
        cls,
        x: _Rows[_T],
        y: NDArray[_T],  # (n_samples, n_targets); for classes their numbers, (n_samples, 1)
        sample_weight: NDArray[_T] | None,
        config: _Config,
    ) -> LinearObjective: ...
    # (n_features [+ 1], n_outputs), flattened
    def evaluate(self, params: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]: ...

# coef: (n_outputs, n_features); returns coef, intercept, passes, and one of "max_iter",
# "converged", "interrupted" and "diverged".
def train_sag(
    x: _Rows[_T],
    y: NDArray[_T],
    sample_weight: NDArray[_T] | None,
    coef: NDArray[_T],
    intercept: NDArray[_T],
    config: _Config,
    on_pass: Callable[[dict[str, Any]], object] | None,
) -> tuple[NDArray[_T], NDArray[_T], int, str]: ...
