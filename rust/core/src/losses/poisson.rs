//! Poisson deviance, for counts and rates with an exponential output.
//!
//! ```text
//! loss = sum over outputs of sum_i w_i (y_i log(y_i / o_i) - y_i + o_i) / sum_i w_i,     o = exp(z),     dloss/dz = o - y
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::vecmath::log_v;

use super::{Likelihood, Term};

/// Half the Poisson deviance.
#[derive(Clone, Copy, Debug)]
pub struct Poisson;

impl Term for Poisson {
    #[inline(always)]
    fn term<T: Real, S: Simd<T>>(self, s: S, y: S::V, output: S::V) -> S::V {
        let zero = s.splat(T::zero());
        // 0 log 0 is 0: a target of zero says nothing about the logarithm.
        let entropy = s.select_eq(y, zero, zero, s.mul(y, log_v(s, s.div(y, output))));
        s.add(s.sub(entropy, y), output)
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
        Some(Likelihood::Poisson)
    }
}
