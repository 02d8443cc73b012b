//! Steps of SAG and SAGA.

use crate::real::Real;
use crate::sag::{Change, Drift};

use super::reductions::lanes_sum;

/// As [`crate::sag::step`].
#[allow(clippy::too_many_arguments, reason = "those of the kernel")]
pub fn sag_step<T: Real>(
    row: &[T],
    changes: &[Change<T>],
    drift: Drift<T>,
    next: &[T],
    weights: &mut [T],
    sums: &mut [T],
    dots: &mut [T],
) {
    let n = row.len();
    for (k, change) in changes.iter().enumerate() {
        let (weights, sums) = (&mut weights[k * n..][..n], &mut sums[k * n..][..n]);
        for (j, &x) in row.iter().enumerate() {
            sums[j] = change.sum.mul_add(x, sums[j]);
            let moved = (-change.weights).mul_add(x, drift.decay * weights[j]);
            let moved = (-drift.rate).mul_add(sums[j], moved);
            weights[j] = if drift.threshold > T::zero() { shrunk(moved, drift.threshold) } else { moved };
        }
        dots[k] = lanes_sum(n, |j, lane| next[j].mul_add(weights[j], lane));
    }
}

/// `sign(v) max(|v| - by, 0)`; zeros have no sign.
fn shrunk<T: Real>(v: T, by: T) -> T {
    let above = |v: T| if v > by { v - by } else { T::zero() };
    above(v) - above(-v)
}
