//! SignSGD: Bernstein et al. 2018. Every element steps by the rate, against its gradient.
//!
//! ```text
//! p <- p (1 - lr weight_decay)                      (decoupled_weight_decay = false: g <- g + weight_decay p instead)
//! p <- p - lr sign(g)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::sign;
use super::{Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of SignSGD.
    pub struct SignSgd {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Share of the parameters, times the rate, that every step takes away.
        pub weight_decay: f64 = 0.0,
        /// Leave the gradient alone; otherwise the decay is an L2 penalty, added to it.
        pub decoupled_weight_decay: bool = true,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for SignSgd {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Sign {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            rate: T::of(step.rate),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Sign<T> {
    decay: Decay<T>,
    rate: T,
}

impl<T: Real> Rule<T, 0> for Sign<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        (s.neg_mul_add(s.splat(self.rate), sign(s, g), p), [])
    }
}
