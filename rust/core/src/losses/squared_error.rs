//! Squared error, for regression with an identity output.
//!
//! ```text
//! loss = 1/2 * mean over outputs of sum_i w_i (y_i - o_i)^2 / sum_i w_i,     dloss/dz = o - y   (over the outputs' number)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;

use super::{Likelihood, Term};

/// Half the mean square of the error.
#[derive(Clone, Copy, Debug)]
pub struct SquaredError;

impl Term for SquaredError {
    #[inline(always)]
    fn term<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        let error = s.sub(y, output);
        s.mul(error, error)
    }

    #[inline(always)]
    fn slope<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        s.sub(output, y)
    }

    fn scale(self, outputs: usize) -> f64 {
        0.5 / outputs as f64
    }

    fn slope_scale(self, outputs: usize) -> f64 {
        1.0 / outputs as f64
    }

    fn likelihood(self) -> Option<Likelihood> {
        Some(Likelihood::Normal)
    }
}
