//! Matrix products: C = A B, with the transposes by strides and what follows the product done while a tile is hot.
//!
//! Every element of C is one ascending chain of fused multiply-adds over k, started at zero (or at C, to accumulate) and
//! never split. So neither the tile, nor the blocking, nor the number of threads, nor the CPU shapes a bit of it.
//!
//! A *tile* (`tile`) lives in registers; a *panel* is as wide as a tile and as deep as the plan says; a *chunk* (`chunk`)
//! is what one thread claims, and others help with (`panels`); `plan` cuts C into chunks, and `copies` decides what to copy
//! side by side first (`pack`).

mod ahead;
mod chunk;
mod copies;
mod cut;
pub(crate) mod finish;
mod gemv;
mod narrow;
mod pack;
mod panels;
pub(crate) mod parts;
mod plan;
mod shallow;
mod tile;

use crate::elementwise::Activation;
use crate::matrix::{MatMut, MatRef};
use crate::real::Real;
use crate::team::Team;

pub(crate) use chunk::{Compiled, Product};
pub(crate) use cut::Cut;
pub use gemv::gemv;
pub(crate) use gemv::{TOGETHER, dots};
pub use plan::equal_work;

/// What is done to an element of C once its product is complete.
#[derive(Clone, Copy, Debug)]
pub enum Epilogue<'a, T> {
    /// Nothing.
    None,
    /// `c = activation(c + bias[j])`: a layer going forward.
    BiasActivation {
        /// One number a column of C.
        bias: &'a [T],
        /// Applied to the sum.
        activation: Activation,
    },
    /// `c = c * activation'(z)`, written by `output = activation(z)`: a layer going backward.
    ActivationGradient {
        /// The activation of the layer before.
        activation: Activation,
        /// Its output, of C's shape, rows contiguous.
        output: MatRef<'a, T>,
    },
}

/// C = A B (+ C when `accumulate`), then the epilogue. A: (m, k), B: (k, n), C: (m, n); transposes by strides.
///
/// # Panics
/// If the shapes do not agree.
pub fn gemm<T: Real>(
    team: &Team,
    a: MatRef<'_, T>,
    b: MatRef<'_, T>,
    mut c: MatMut<'_, T>,
    accumulate: bool,
    epilogue: Epilogue<'_, T>,
) {
    check_shapes(&a, &b, &c, &epilogue);
    if c.rows() == 0 || c.cols() == 0 {
        return;
    }
    let cut = Cut::of(team, a, b, c.row_stride(), matches!(epilogue, Epilogue::None));
    let product = Product::new(a, b, &mut c, accumulate, epilogue);
    team.for_each_shared(cut.chunks(), &|index, role| cut.run(team, &product, index, role));
}

pub(crate) fn check_shapes<T: Real>(
    a: &MatRef<'_, T>,
    b: &MatRef<'_, T>,
    c: &MatMut<'_, T>,
    epilogue: &Epilogue<'_, T>,
) {
    assert_eq!(a.cols(), b.rows(), "A has {} columns, B has {} rows", a.cols(), b.rows());
    assert_eq!((c.rows(), c.cols()), (a.rows(), b.cols()), "C must be as high as A and as wide as B");
    match epilogue {
        Epilogue::None => {}
        Epilogue::BiasActivation { bias, .. } => assert_eq!(bias.len(), c.cols(), "one bias a column"),
        Epilogue::ActivationGradient { output, .. } => {
            assert_eq!((output.rows(), output.cols()), (c.rows(), c.cols()), "one output an element of C");
            assert!(output.col_stride() == 1 || output.cols() <= 1, "the rows of `output` must be contiguous");
        }
    }
}
