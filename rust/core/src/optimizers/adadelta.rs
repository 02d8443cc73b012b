//! Adadelta: Zeiler 2012. Steps as long as the steps before, per unit of gradient.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! v <- rho v + (1 - rho) g^2
//! d = sqrt(u + eps) / sqrt(v + eps) g
//! u <- rho u + (1 - rho) d^2
//! p <- p - lr d
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, mean_square};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Adadelta; names and defaults as in PyTorch.
    pub struct Adadelta {
        /// Learning rate.
        pub lr: f64 = 1.0,
        /// Decay of the running means of the squares of gradient and step.
        pub rho: f64 = 0.9,
        /// Added to both means; gives the first steps their length.
        pub eps: f64 = 1e-6,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Adadelta {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        // PyTorch allows means that are never renewed, and so do we: the steps are then those of gradient descent.
        require((0.0..=1.0).contains(&self.rho), "rho", "in [0, 1]", self.rho)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("square_avg"), Buffer::like("acc_delta")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Squares {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: T::of(1.0 - self.rho),
            eps: epsilon(self.eps),
            rate: T::of(step.rate),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Squares<T> {
    decay: Decay<T>,
    fresh: T,
    eps: T,
    rate: T,
}

impl<T: Real> Rule<T, 2> for Squares<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [v, u]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let v = mean_square(s, self.fresh, v, g);
        let eps = s.splat(self.eps);
        let length = s.div(s.sqrt(s.add(u, eps)), s.sqrt(s.add(v, eps)));
        let d = s.mul(length, g);
        (s.neg_mul_add(s.splat(self.rate), d, p), [v, mean_square(s, self.fresh, u, d)])
    }
}
