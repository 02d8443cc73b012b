//! `thalweg.linalg`, below its Python face: arrays arrive checked, contiguous and of one type, with one to write to.

pub mod elementwise;
pub mod products;
pub mod reductions;

/// Multiply-adds that an element costs where memory is the limit.
const COPY_COST: usize = 4;

/// Multiply-adds that an element of exp, log, tanh and the like costs.
const FUNCTION_COST: usize = 16;
