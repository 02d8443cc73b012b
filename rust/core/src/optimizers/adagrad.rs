//! Adagrad: Duchi, Hazan, Singer 2011. The rate of each element falls with the squares of its gradients so far.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - eta weight_decay) instead)
//! G <- G + g^2                                      (G = initial_accumulator_value at first)
//! p <- p - eta g / (sqrt(G) + eps)                  eta = lr / (1 + (t - 1) lr_decay)
//! eps_in_sqrt:
//! p <- p - eta g / sqrt(G + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, root};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Adagrad; names and defaults as in PyTorch.
    pub struct Adagrad {
        /// Learning rate.
        pub lr: f64 = 1e-2,
        /// How fast the rate falls by itself.
        pub lr_decay: f64 = 0.0,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// What the sums of squares begin with.
        pub initial_accumulator_value: f64 = 0.0,
        /// Added to the root, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-10,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Add epsilon inside the root, as optax and Keras do.
        pub eps_in_sqrt: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Adagrad {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("lr_decay", self.lr_decay)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_not_negative("initial_accumulator_value", self.initial_accumulator_value)?;
        // PyTorch allows 0, and then makes NaN of every parameter whose gradient is zero from the start.
        require_positive("eps", self.eps)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("sum").starting_at(self.initial_accumulator_value)]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let rate = step.rate / (1.0 + (step.number - 1) as f64 * self.lr_decay);
        let decay = decay_rate(rate, self.lr, self.decay_with_lr);
        step.sweep(&Sum {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            eps: epsilon(self.eps),
            eps_in_sqrt: self.eps_in_sqrt,
            rate: T::of(rate),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Sum<T> {
    decay: Decay<T>,
    eps: T,
    eps_in_sqrt: bool,
    rate: T,
}

impl<T: Real> Rule<T, 1> for Sum<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [sum]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let sum = s.mul_add(g, g, sum);
        let quotient = s.div(g, root(s, sum, self.eps, self.eps_in_sqrt));
        (s.neg_mul_add(s.splat(self.rate), quotient, p), [sum])
    }
}
