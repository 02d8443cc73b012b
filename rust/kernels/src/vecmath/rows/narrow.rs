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
    let mut columns = [[T::zero(); LANES]; LANES];
    for i in 0..count {
        for (column, &value) in columns.iter_mut().zip(x.row(first + i).iter()) {
            column[i] = value;
        }
    }
    let shift = max(s, &columns[..cols]);
    let (exps, sum) = shifted_exps(s, &columns[..cols], shift);
    for (column, exp) in columns.iter_mut().zip(exps).take(cols) {
        s.store(column, s.div(exp, sum));
    }
    for i in 0..count {
        for (column, value) in columns.iter().zip(x.row(first + i)) {
            *value = column[i];
        }
    }
}

/// Log-sum-exp of the rows of `x`, at most a vector of them.
#[inline(always)]
pub(super) fn log_sum_exp<T: Real, S: Simd<T>>(s: S, x: &MatRef<'_, T>) -> S::V {
    let mut columns: Columns<T> = [[T::zero(); LANES]; LANES];
    for i in 0..x.rows() {
        for (column, &value) in columns.iter_mut().zip(x.row(i)) {
            column[i] = value;
        }
    }
    let columns = &columns[..x.cols()];
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
