//! OptimisticGD: Daskalakis et al. 2017. Guesses that the gradient goes on changing as it just did.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! p <- p - lr ((alpha + beta) g - beta g_previous)  (g_previous = g at the first step)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::decay::{Decay, decay_rate, require_decoupled};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of OptimisticGD; names and defaults as in optax.
    pub struct OptimisticGd {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Factor of the gradient.
        pub alpha: f64 = 1.0,
        /// Factor of its change.
        pub beta: f64 = 1.0,
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

impl Optimizer for OptimisticGd {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_positive("alpha", self.alpha)?;
        require_not_negative("beta", self.beta)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("previous_gradient")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        let beta = if step.number == 1 { 0.0 } else { self.beta };
        step.sweep(&Change {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            of_gradient: T::of(step.rate * (self.alpha + beta)),
            of_previous: T::of(step.rate * beta),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Change<T> {
    decay: Decay<T>,
    of_gradient: T,
    of_previous: T,
}

impl<T: Real> Rule<T, 1> for Change<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [previous]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let p = s.neg_mul_add(s.splat(self.of_gradient), g, p);
        (s.mul_add(s.splat(self.of_previous), previous, p), [g])
    }
}
