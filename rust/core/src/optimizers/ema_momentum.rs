//! EMAMomentum: gradient descent by the running mean of the gradient; Polyak's heavy ball in another scale.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! v <- beta v + (1 - beta) g
//! p <- p - lr v                                     (debias: p - lr v / (1 - beta^t))
//! ```

use thalweg_kernels::Real;

use super::checks::require_decay;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::qhm::Mixture;
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of EMAMomentum.
    pub struct EmaMomentum {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running mean of the gradient.
        pub beta: f64 = 0.9,
        /// Make up for the mean's beginning at zero.
        pub debias: bool = false,
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

impl Optimizer for EmaMomentum {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("beta", self.beta)?;
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
        let weight = if self.debias { 1.0 - power(self.beta, step.number) } else { 1.0 };
        step.sweep(&Mixture {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: T::of(1.0 - self.beta),
            of_mean: T::of(step.rate / weight),
            of_gradient: T::zero(),
        });
        Ok(())
    }
}
