//! Lion: Chen et al. 2023. Steps by the sign of a mean gradient that leans towards the newest.
//!
//! ```text
//! p <- p (1 - lr weight_decay)
//! p <- p - lr sign(beta1 m + (1 - beta1) g)
//! m <- beta2 m + (1 - beta2) g
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{Decay, decay_rate};
use super::rules::{mean, sign};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Lion; names and defaults are the authors'.
    pub struct Lion {
        /// Learning rate.
        pub lr: f64 = 1e-4,
        /// Share of the past in the step, and in the running mean.
        pub betas: (f64, f64) = (0.9, 0.99),
        /// Share of the parameters, times the rate, that every step takes away.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Lion {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&SignOfMean {
            decay: Decay::new(self.maximize, self.weight_decay, true, decay),
            fresh: [T::of(1.0 - self.betas.0), T::of(1.0 - self.betas.1)],
            rate: T::of(step.rate),
        });
        Ok(())
    }
}

/// A step by the sign of one mean of gradient and past, and another mean to keep.
pub(super) struct SignOfMean<T> {
    pub(super) decay: Decay<T>,
    /// Share of the gradient in the two.
    pub(super) fresh: [T; 2],
    pub(super) rate: T,
}

impl<T: Real> Rule<T, 1> for SignOfMean<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let direction = sign(s, mean(s, self.fresh[0], m, g));
        (s.neg_mul_add(s.splat(self.rate), direction, p), [mean(s, self.fresh[1], m, g)])
    }
}
