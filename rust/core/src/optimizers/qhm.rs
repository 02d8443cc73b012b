//! QHM: Ma and Yarats 2018. A share `nu` of the step by the mean gradient, the rest by the gradient.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! b <- momentum b + (1 - momentum) g
//! p <- p - lr (nu b + (1 - nu) g)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::mean;
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of QHM; the names are the authors'.
    pub struct Qhm {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running mean of the gradient.
        pub momentum: f64 = 0.999,
        /// Share of the mean in the step.
        pub nu: f64 = 0.7,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Qhm {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("momentum", self.momentum)?;
        require((0.0..=1.0).contains(&self.nu), "nu", "in [0, 1]", self.nu)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("momentum_buffer")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Mixture {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: T::of(1.0 - self.momentum),
            of_mean: T::of(step.rate * self.nu),
            of_gradient: T::of(step.rate * (1.0 - self.nu)),
        });
        Ok(())
    }
}

/// A step by the mean gradient and the gradient.
pub(super) struct Mixture<T> {
    pub(super) decay: Decay<T>,
    pub(super) fresh: T,
    /// Factors of mean and gradient in the step.
    pub(super) of_mean: T,
    pub(super) of_gradient: T,
}

impl<T: Real> Rule<T, 1> for Mixture<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [b]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let b = mean(s, self.fresh, b, g);
        let p = s.neg_mul_add(s.splat(self.of_gradient), g, p);
        (s.neg_mul_add(s.splat(self.of_mean), b, p), [b])
    }
}
