//! Sums, norms and checks.

use crate::matrix::MatRef;
use crate::real::Real;
use crate::reduce::{BLOCK, LANES, ROW_BLOCK};

use super::functions::{mantissa_and_exponent, power_of_two};

/// As [`crate::reduce::sum`].
#[must_use]
pub fn sum<T: Real>(x: &[T]) -> T {
    blocks_sum(x.len(), |i, lane| lane + x[i])
}

/// As [`crate::reduce::dot`].
#[must_use]
pub fn dot<T: Real>(x: &[T], y: &[T]) -> T {
    blocks_sum(x.len(), |i, lane| x[i].mul_add(y[i], lane))
}

/// As [`crate::reduce::sum_squares`].
#[must_use]
pub fn sum_squares<T: Real>(x: &[T]) -> T {
    dot(x, x)
}

/// As [`crate::reduce::norm`].
#[must_use]
pub fn norm<T: Real>(x: &[T]) -> T {
    let squares = sum_squares(x);
    if squares.is_nan() || (squares.is_finite() && squares >= T::min_positive_value() / T::epsilon()) {
        return squares.sqrt();
    }
    let largest = x.iter().fold(T::zero(), |largest, x| largest.max(x.abs()));
    if largest == T::zero() || largest.is_infinite() {
        return largest;
    }
    // The power of two below `largest`, kept where it and its inverse are normal numbers.
    let (_, exponent) = mantissa_and_exponent(largest);
    let limit = T::of(f64::from(T::EXPONENT_BIAS - 1));
    let scale = power_of_two(-exponent.max(-limit).min(limit));
    blocks_sum(x.len(), |i, lane| (scale * x[i]).mul_add(scale * x[i], lane)).sqrt() / scale
}

/// As [`crate::reduce::all_finite`].
#[must_use]
pub fn all_finite<T: Real>(x: &[T]) -> bool {
    x.iter().all(|x| x.is_finite())
}

/// As [`crate::reduce::column_sums`].
pub fn column_sums<T: Real>(x: MatRef<'_, T>, out: &mut [T]) {
    for (j, out) in out.iter_mut().enumerate() {
        let block = |start: usize| (start..x.rows().min(start + ROW_BLOCK)).fold(T::zero(), |sum, i| sum + x.at(i, j));
        *out = (0..x.rows()).step_by(ROW_BLOCK).map(block).reduce(|sum, block| sum + block).unwrap_or_else(T::zero);
    }
}

/// As [`crate::reduce::row_sums`].
pub fn row_sums<T: Real>(x: MatRef<'_, T>, out: &mut [T]) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = lanes_sum(x.cols(), |j, lane| lane + x.at(i, j));
    }
}

/// The sum over 16 virtual lanes.
pub(super) fn lanes_sum<T: Real>(len: usize, add: impl Fn(usize, T) -> T) -> T {
    sum_in_lanes::<T, LANES>(len, add)
}

/// The sum over `N` virtual lanes: element i is added to lane `i % N` by `add(i, lane)`, and the lanes are folded in
/// halves.
pub(super) fn sum_in_lanes<T: Real, const N: usize>(len: usize, add: impl Fn(usize, T) -> T) -> T {
    let mut lanes = [T::zero(); N];
    for i in 0..len {
        lanes[i % N] = add(i, lanes[i % N]);
    }
    let mut width = N / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The sums of blocks of [`BLOCK`] elements, added in order.
fn blocks_sum<T: Real>(len: usize, add: impl Fn(usize, T) -> T) -> T {
    (0..len)
        .step_by(BLOCK)
        .map(|start| lanes_sum(BLOCK.min(len - start), |i, lane| add(start + i, lane)))
        .reduce(|sum, block| sum + block)
        .unwrap_or_else(T::zero)
}
