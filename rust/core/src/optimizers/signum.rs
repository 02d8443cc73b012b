//! Signum: Bernstein et al. 2018. Steps by the sign of the mean gradient: Lion with one beta in both places.
//!
//! ```text
//! p <- p (1 - lr weight_decay)                      (decoupled_weight_decay = false: g <- g + weight_decay p instead)
//! m <- beta m + (1 - beta) g
//! p <- p - lr sign(m)
//! ```

use thalweg_kernels::Real;

use super::checks::require_decay;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::lion::SignOfMean;
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Signum.
    pub struct Signum {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running mean of the gradient.
        pub beta: f64 = 0.9,
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

impl Optimizer for Signum {
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
        step.sweep(&SignOfMean {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: [T::of(1.0 - self.beta); 2],
            rate: T::of(step.rate),
        });
        Ok(())
    }
}
