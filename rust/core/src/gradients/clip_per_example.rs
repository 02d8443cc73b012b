//! Clipping each example's gradient, with noise: what makes stochastic gradient descent differentially private.
//!
//! Source: M. Abadi et al., "Deep Learning with Differential Privacy", 2016, https://arxiv.org/abs/1607.00133.

use thalweg_kernels::Real;

use super::Transform;
use super::noise::add_noise;
use super::pass::{Pass, Verdict};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `g <- (sum_i g_i min(1, c / |g_i|) + N(0, (noise c)^2)) / n`, with the norm of an example's gradient over all
    /// tensors. Backpropagation clips ([`Transform::example_bound`]); what is left for here is the noise.
    pub struct ClipPerExample {
        /// The bound c > 0.
        pub max_norm: f64 = 1.0,
        /// Standard deviation of the noise, in units of the bound.
        pub noise_multiplier: f64 = 0.0,
        /// Which noise it is.
        pub seed: u64 = 0,
    }
}

impl Transform for ClipPerExample {
    fn validate(&self) -> Result<()> {
        require_positive("max_norm", self.max_norm)?;
        require_not_negative("noise_multiplier", self.noise_multiplier)
    }

    fn example_bound(&self) -> Option<f64> {
        Some(self.max_norm)
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        if self.noise_multiplier > 0.0 {
            add_noise(pass, self.seed, self.noise_multiplier * self.max_norm / pass.weight);
        }
        Ok(Verdict::Ready)
    }
}
