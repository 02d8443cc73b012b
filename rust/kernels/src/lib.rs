//! The kernels of thalweg: everything that runs per element, and the only crate with `unsafe`.
//!
//! | where | what |
//! |---|---|
//! | [`simd`], [`arch`] | the vector vocabulary, and the CPU paths that speak it |
//! | [`team`], [`partition`], [`bands`] | threads: regions, chunks, the pool; cutting what they write |
//! | [`matrix`], [`aligned`], [`real`] | what kernels work on |
//! | [`gemm`], [`mod@fill`] | matrix products; several of them, and sums, at once |
//! | [`mod@bf16`] | matrix products of operands rounded to bf16 |
//! | [`vecmath`] | exp, log, tanh, sigmoid, softmax, log-sum-exp |
//! | [`elementwise`], [`sweep`] | activations and their gradients; optimizer updates over flat buffers |
//! | [`reduce`] | sums, dot products, norms |
//! | [`sag`] | steps of SAG and SAGA, for dense and for sparse samples |
//! | [`sparse`] | products with CSR matrices |
//! | [`linear`] | one pass over rows for a linear model: scores and gradient |
//! | [`rows`] | one row and a vector of weights, for training sample by sample |
//! | [`mod@prefetch`] | asking the memory for what is used soon |
//! | [`peak`] | the FMA rate of the machine, for benches |
//! | [`raw`] | matrices of any element type and memory order, converted as rows are gathered |
//! | [`random`] | the Mersenne Twister as NumPy's `RandomState` uses it |
//! | [`mod@reference`] | the naive version of every kernel: it defines the bits |

pub mod aligned;
pub mod arch;
pub mod bands;
pub mod bf16;
pub mod elementwise;
pub mod ffi;
pub mod fill;
pub mod gemm;
pub mod linear;
pub mod matrix;
pub mod partition;
pub mod peak;
pub mod prefetch;
pub mod random;
pub mod raw;
pub mod real;
pub mod reduce;
pub mod reference;
pub mod rows;
pub mod sag;
pub mod simd;
pub mod sparse;
pub mod sweep;
pub mod team;
pub mod vecmath;

pub use aligned::{AlignedVec, OutOfMemory, large_pages};
pub use arch::Isa;
pub use bands::{Band, RowBuffers};
pub use matrix::{InvalidMatrix, MatMut, MatRef};
pub use real::Real;
pub use team::Team;
