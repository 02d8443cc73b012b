//! A row and a vector of weights; rows are given as columns and values, dense ones with every column.

use crate::real::Real;
use crate::rows::Shrinkage;

use super::reductions::sum_in_lanes;

/// As [`crate::rows::Rows::dot`], in `N` lanes.
#[must_use]
pub fn row_dot<T: Real, const N: usize>(columns: &[usize], values: &[T], w: &[T]) -> T {
    sum_in_lanes::<T, N>(values.len(), |k, lane| values[k].mul_add(w[columns[k]], lane))
}

/// As [`crate::rows::Rows::sum_squares`].
#[must_use]
pub fn row_sum_squares<T: Real, const N: usize>(values: &[T]) -> T {
    sum_in_lanes::<T, N>(values.len(), |k, lane| values[k].mul_add(values[k], lane))
}

/// As [`crate::rows::Rows::add_and_measure`], and as [`crate::rows::Rows::add`] but for the sums.
pub fn row_add<T: Real, const N: usize>(columns: &[usize], values: &[T], c: T, w: &mut [T]) -> (T, T) {
    let moved: Vec<T> = columns
        .iter()
        .zip(values)
        .map(|(&column, &value)| {
            w[column] = c.mul_add(value, w[column]);
            w[column]
        })
        .collect();
    let squares = sum_in_lanes::<T, N>(moved.len(), |k, lane| moved[k].mul_add(moved[k], lane));
    (squares, sum_in_lanes::<T, N>(moved.len(), |k, lane| lane + moved[k].abs()))
}

/// As [`crate::rows::Rows::shrink`].
pub fn row_shrink<T: Real>(columns: &[usize], shrinkage: Shrinkage<T>, w: &mut [T], applied: &mut [T]) {
    let Shrinkage { total, scale } = shrinkage;
    for &column in columns {
        let before = w[column];
        if before > T::zero() {
            w[column] = (before - (total + applied[column]) / scale).max(T::zero());
        } else if before < T::zero() {
            w[column] = (before + (total - applied[column]) / scale).min(T::zero());
        }
        applied[column] = scale.mul_add(w[column] - before, applied[column]);
    }
}
