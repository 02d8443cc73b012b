//! Softmax and log-sum-exp over the rows of a matrix.
//!
//! Both take the row's maximum off first, so that exp cannot overflow, and sum over the 16 virtual lanes of
//! [`crate::reduce`], in one block whatever the row's length. Rows of up to 16 columns, which classifiers have, go side
//! by side, one in each lane of a vector ([`narrow`]); longer ones go one after the other ([`wide`]).

mod narrow;
mod wide;

use crate::matrix::{MatMut, MatRef};
use crate::partition::{for_each_row_block, rows_per_chunk};
use crate::real::Real;
use crate::reduce::LANES;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// `x[i, j] = exp(x[i, j] - max) / sum of exp(x[i, :] - max)`, max the largest of the row.
///
/// A row with NaN or plus infinity, or of nothing but minus infinity, becomes NaN.
pub fn softmax_rows<T: Real>(team: &Team, x: MatMut<'_, T>) {
    let rows = rows_per_chunk(x.cols());
    for_each_row_block(team, rows, x, |_, x| T::dispatch(team.isa(), SoftmaxRows(x)));
}

/// `out[i] = ln(sum of exp(x[i, :]))`. x: (m, n), rows contiguous; out: (m,).
///
/// A row with plus infinity gives plus infinity; one of nothing but minus infinity, or of nothing, gives that.
///
/// # Panics
/// If the shapes do not agree.
pub fn log_sum_exp_rows<T: Real>(team: &Team, x: MatRef<'_, T>, out: &mut [T]) {
    assert_eq!(x.rows(), out.len(), "rows of x and length of the result");
    team.for_each_part(out, rows_per_chunk(x.cols()), &|first, out| {
        T::dispatch(team.isa(), LogSumExpRows { x: x.row_range(first, out.len()), out });
    });
}

struct SoftmaxRows<'a, T>(MatMut<'a, T>);

impl<T: Real> Kernel<T> for SoftmaxRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(mut self, s: S) {
        if self.0.cols() > LANES {
            for i in 0..self.0.rows() {
                wide::softmax(s, self.0.row(i));
            }
        } else {
            for first in (0..self.0.rows()).step_by(S::LANES) {
                narrow::softmax(s, &mut self.0, first);
            }
        }
    }
}

struct LogSumExpRows<'a, T> {
    x: MatRef<'a, T>,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for LogSumExpRows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        // A vector of rows at a time, whose logarithms are taken together.
        for (block, out) in self.out.chunks_mut(S::LANES).enumerate() {
            let rows = self.x.row_range(block * S::LANES, out.len());
            let result =
                if self.x.cols() > LANES { wide::log_sum_exp(s, &rows) } else { narrow::log_sum_exp(s, &rows) };
            s.store_tail(out, result);
        }
    }
}
