//! Matrix products of operands that are rounded to bf16, with sums in single precision.
//!
//! Each element of C is a sum over blocks of 32 k, in order, begun at zero: `c = c + (first + second)`, where `first` and
//! `second` are chains of fused multiply-adds over the 16 k of each half of the block, begun at zero, with zeros where k has
//! ended. Everything is rounded to nearest even; subnormal numbers count as zero, and become zero of their sign. That is what
//! AMX does to its pairs, at fifteen times the rate of `f32`, and the other paths can follow it.
//!
//! All threads together pack A (`pack`), once; then each packs those panels of B whose columns it claims, and takes all of A
//! through each while it is in the first level of cache. An `engine` multiplies the blocks.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod assembly;
mod engine;
mod pack;
mod plan;
mod portable;
mod tile;

use crate::gemm::{Epilogue, check_shapes};
use crate::matrix::{MatMut, MatRef};
use crate::real::{Either, Real};
use crate::team::Team;

/// C = A B, then the epilogue. A: (m, k), B: (k, n), C: (m, n); transposes by strides.
///
/// # Panics
/// If the shapes do not agree, or the elements are not `f32`.
pub fn gemm<T: Real>(team: &Team, a: MatRef<'_, T>, b: MatRef<'_, T>, c: MatMut<'_, T>, epilogue: Epilogue<'_, T>) {
    T::either(Product(team), Operands { a, b, c, epilogue });
}

/// What [`gemm`] works on.
pub struct Operands<'a, T: Real> {
    a: MatRef<'a, T>,
    b: MatRef<'a, T>,
    c: MatMut<'a, T>,
    epilogue: Epilogue<'a, T>,
}

/// A product on a team.
struct Product<'a>(&'a Team);

impl Either for Product<'_> {
    type Input<'a, T: Real> = Operands<'a, T>;
    type Output = ();

    fn single(self, operands: Operands<'_, f32>) {
        let Operands { a, b, mut c, epilogue } = operands;
        check_shapes(&a, &b, &c, &epilogue);
        if c.rows() > 0 && c.cols() > 0 {
            plan::run(self.0, a, b, &mut c, epilogue);
        }
    }

    fn double(self, _: Operands<'_, f64>) {
        panic!("products of bf16 operands are of single precision");
    }
}
