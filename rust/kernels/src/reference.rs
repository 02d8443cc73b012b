//! The naive version of every kernel: one element at a time, no vectors, no threads, no blocking.
//!
//! It defines the result. A kernel is right when it gives these bits on every CPU path and with any number of threads
//! (NaN may differ from NaN). Nothing here is fast, and nothing here is used by the kernels.

mod bf16;
mod functions;
mod products;
mod reductions;
mod rows;
mod sag;

pub(crate) use bf16::flushed;
pub use bf16::{bf16, bf16_gemm, mul_add_flushed};
pub use functions::{
    activate, activation_gradient, axpy, exp, gather_rows, log, log_sum_exp_rows, scale, sigmoid, softmax_rows, sweep,
    tanh,
};
pub use products::{csr_gemm, csr_t_gemm, gemm, gemv, linear_gradient};
pub use reductions::{all_finite, column_sums, dot, norm, row_sums, sum, sum_squares};
pub use rows::{row_add, row_dot, row_shrink, row_sum_squares};
pub use sag::sag_step;
