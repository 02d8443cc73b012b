//! The rules of hyper-parameters that transforms share, and norms.

use thalweg_kernels::reduce::{all_finite, largest_abs, sum_abs, sum_squares};
use thalweg_kernels::{Real, Team};

use crate::error::{Result, require};
use crate::params::Layout;

/// Where sums of squares in single precision begin to lose digits.
const SMALLEST: f64 = 1e-30;

/// Any order above 0, infinity included.
pub fn require_order(value: f64) -> Result<()> {
    require(value > 0.0, "norm_type", "> 0", value)
}

/// The norm of the norms of all tensors, which for the same order is that of all their elements.
pub fn total_norm<T: Real>(team: &Team, layout: &Layout, arena: &[T], order: f64) -> f64 {
    let norms = layout.tensors().iter().map(|tensor| norm(team, &arena[tensor.range()], order));
    joined(norms, order)
}

/// `(sum |x|^p)^(1/p)`; orders other than 1, 2 and infinity take the platform's power.
pub fn norm<T: Real>(team: &Team, x: &[T], order: f64) -> f64 {
    if order == f64::INFINITY {
        // The largest of some numbers passes over NaN.
        let nan = !all_finite(team, x) && x.iter().any(|x| x.is_nan());
        return if nan { f64::NAN } else { largest_abs(team, x).wide() };
    }
    if order == 2.0 {
        let squares = sum_squares(team, x).wide();
        // Squares of very large or small elements may be beyond the type; in double precision they are not.
        if squares > SMALLEST && squares.is_finite() {
            return squares.sqrt();
        }
    }
    if order == 1.0 {
        return sum_abs(team, x).wide();
    }
    joined(x.iter().map(|x| x.wide()), order)
}

fn joined(values: impl Iterator<Item = f64>, order: f64) -> f64 {
    if order == f64::INFINITY {
        return values.fold(0.0, |a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b.abs()) });
    }
    if order == 2.0 {
        return values.map(|x| x * x).sum::<f64>().sqrt();
    }
    if order == 1.0 {
        return values.map(f64::abs).sum();
    }
    values.map(|x| x.abs().powf(order)).sum::<f64>().powf(1.0 / order)
}
