//! Log loss, for classification: with a logistic output for two classes or independent labels, with a softmax output for
//! classes that exclude one another.
//!
//! ```text
//! binary:       loss = - sum over outputs of sum_i w_i (y_i log p_i + (1 - y_i) log(1 - p_i)) / sum_i w_i
//! categorical:  loss = - sum over classes of sum_i w_i  y_i log p_i / sum_i w_i
//! both:         dloss/dz = p - y
//! ```
//! In the value, p is kept within `[epsilon, 1 - epsilon]` of the element type, as scikit-learn does, so that a sure mistake
//! costs much and not infinitely much.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::vecmath::log_v;

use super::{Likelihood, Term};

/// Cross entropy of independent labels, or of two classes.
#[derive(Clone, Copy, Debug)]
pub struct BinaryLogLoss;

impl Term for BinaryLogLoss {
    #[inline(always)]
    fn term<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        let one = s.splat(T::one());
        let p = clipped(s, output);
        let yes = s.mul(y, log_v(s, p));
        s.neg(s.mul_add(s.sub(one, y), log_v(s, s.sub(one, p)), yes))
    }

    #[inline(always)]
    fn slope<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        s.sub(output, y)
    }

    fn scale(self, _outputs: usize) -> f64 {
        1.0
    }

    fn slope_scale(self, _outputs: usize) -> f64 {
        1.0
    }

    fn likelihood(self) -> Option<Likelihood> {
        Some(Likelihood::Bernoulli)
    }
}

/// Cross entropy of classes that exclude one another.
#[derive(Clone, Copy, Debug)]
pub struct CategoricalLogLoss;

impl Term for CategoricalLogLoss {
    #[inline(always)]
    fn term<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        s.neg(s.mul(y, log_v(s, clipped(s, output))))
    }

    #[inline(always)]
    fn slope<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        s.sub(output, y)
    }

    fn scale(self, _outputs: usize) -> f64 {
        1.0
    }

    fn slope_scale(self, _outputs: usize) -> f64 {
        1.0
    }

    fn likelihood(self) -> Option<Likelihood> {
        Some(Likelihood::Categorical)
    }
}

/// p within `[epsilon, 1 - epsilon]`; `min` and `max` return their second operand where it is NaN, so NaN stays.
#[inline(always)]
fn clipped<T: Real, S: Simd<T>>(s: S, p: S::V) -> S::V {
    let epsilon = T::epsilon();
    s.min(s.splat(T::one() - epsilon), s.max(s.splat(epsilon), p))
}
