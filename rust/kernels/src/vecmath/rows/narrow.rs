//! Rows of at most 16 columns: a vector holds one column of as many rows as it has lanes.
//!
//! What the rows share by lying across lanes is that maximum and sum need no shuffles, no lane is idle however few the
//! columns, and no masked store holds up the next row's load. The virtual lanes are then the columns themselves.

use crate::matrix::{MatMut, MatRef};
use crate::real::Real;
use crate::reduce::LANES;
use crate::simd::Simd;
use crate::vecmath::{exp_v, log_v};

/// Some rows, transposed: column j of row i lies at [j][i]. The unused are zero.
type Columns<T> = [[T; LANES]; LANES];

/// Softmax of the rows from `first` on, at most a vector of them.
#[inline(always)]
pub(super) fn softmax<T: Real, S: Simd<T>>(s: S, x: &mut MatMut<'_, T>, first: usize) {
    let count = S::LANES.min(x.rows() - first);
    let cols = x.cols();
    let mut columns = transposed(s, &x.as_ref().row_range(first, count));
    let shift = max(s, &columns[..cols]);
    let (exps, sum) = shifted_exps(s, &columns[..cols], shift);
    for (column, exp) in columns.iter_mut().zip(exps).take(cols) {
        s.store(column, s.div(exp, sum));
    }
    let stride = x.row_stride();
    let rows = &mut x.data()[first * stride..];
    for column in (0..cols).step_by(S::LANES) {
        let width = S::LANES.min(cols - column);
        // SAFETY: the block holds `width` columns of `count` rows, and so does the matrix from row `first` on.
        unsafe {
            let from = columns.as_flattened()[column * LANES..].as_ptr();
            s.transpose_ptr(from, LANES, width, count, rows[column..].as_mut_ptr(), stride);
        }
    }
}

/// Some rows, at most a vector of them, transposed.
#[inline(always)]
fn transposed<T: Real, S: Simd<T>>(s: S, x: &MatRef<'_, T>) -> Columns<T> {
    assert!(x.col_stride() == 1 || x.cols() <= 1, "the rows of this matrix are not contiguous");
    let mut columns = [[T::zero(); LANES]; LANES];
    for column in (0..x.cols()).step_by(S::LANES) {
        let width = S::LANES.min(x.cols() - column);
        let from = x.data()[column..].as_ptr();
        // SAFETY: the matrix holds `width` columns from `column` on in each of its rows, at most a vector both ways; the
        // block has room for as many rows of LANES elements as there are columns.
        unsafe {
            let to = columns.as_flattened_mut()[column * LANES..].as_mut_ptr();
            s.transpose_ptr(from, x.row_stride(), x.rows(), width, to, LANES);
        }
    }
    columns
}

/// Log-sum-exp of the rows of `x`, at most a vector of them.
#[inline(always)]
pub(super) fn log_sum_exp<T: Real, S: Simd<T>>(s: S, x: &MatRef<'_, T>) -> S::V {
    let columns = &transposed(s, x)[..x.cols()];
    let max = max(s, columns);
    // An infinite maximum is no shift: infinity minus infinity would be NaN.
    let (zero, infinity) = (s.splat(T::zero()), s.splat(T::infinity()));
    let shift = s.select_eq(s.abs(max), infinity, zero, max);
    let (_, sum) = shifted_exps(s, columns, shift);
    s.add(shift, log_v(s, sum))
}

/// The largest element of each row; may pass over NaN.
#[inline(always)]
fn max<T: Real, S: Simd<T>>(s: S, columns: &[[T; LANES]]) -> S::V {
    let mut max = s.splat(T::neg_infinity());
    for column in columns {
        max = s.max(s.load(column), max);
    }
    max
}

/// `exp(x - shift)`, zeros beyond the last column, and its sums over each row.
#[inline(always)]
fn shifted_exps<T: Real, S: Simd<T>>(s: S, columns: &[[T; LANES]], shift: S::V) -> ([S::V; LANES], S::V) {
    let mut exps = [s.splat(T::zero()); LANES];
    for (exp, column) in exps.iter_mut().zip(columns) {
        *exp = exp_v(s, s.sub(s.load(column), shift));
    }
    let mut sums = exps;
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            sums[l] = s.add(sums[l], sums[l + width]);
        }
        width /= 2;
    }
    (exps, sums[0])
}
