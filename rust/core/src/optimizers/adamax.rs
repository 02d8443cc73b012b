//! Adamax: Kingma and Ba 2014. Adam by the largest gradient that still counts, in the place of the mean square.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! m <- beta1 m + (1 - beta1) g
//! u <- max(beta2 u, |g| + eps)
//! p <- p - lr / (1 - beta1^t) m / u
//! eps_outside_max:
//! u <- max(beta2 u, |g|);   p <- p - lr / (1 - beta1^t) m / (u + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, mean};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of Adamax; names and defaults as in PyTorch.
    pub struct Adamax {
        /// Learning rate.
        pub lr: f64 = 2e-3,
        /// Decay of the running mean of the gradient, and of its largest magnitude.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the magnitude, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-8,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Keep epsilon out of what is remembered, as Keras does.
        pub eps_outside_max: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Adamax {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::like("exp_inf")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        let (inside, outside) =
            if self.eps_outside_max { (T::zero(), epsilon(self.eps)) } else { (epsilon(self.eps), T::zero()) };
        step.sweep(&Largest {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: T::of(1.0 - self.betas.0),
            fade: T::of(self.betas.1),
            inside,
            outside,
            rate: T::of(step.rate / (1.0 - power(self.betas.0, step.number))),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Largest<T> {
    decay: Decay<T>,
    fresh: T,
    /// What is left of the largest magnitude after a step.
    fade: T,
    /// Epsilon, where it is remembered and where it is not; one of them is 0.
    inside: T,
    outside: T,
    rate: T,
}

impl<T: Real> Rule<T, 2> for Largest<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, u]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let m = mean(s, self.fresh, m, g);
        // In this order, for `max` returns its second operand where one is NaN: divergence must stay visible.
        let u = s.max(s.mul(s.splat(self.fade), u), s.add(s.abs(g), s.splat(self.inside)));
        let quotient = s.div(m, s.add(u, s.splat(self.outside)));
        (s.neg_mul_add(s.splat(self.rate), quotient, p), [m, u])
    }
}
