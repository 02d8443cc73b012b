//! NAdam: Dozat 2016. Adam with Nesterov momentum, whose share of the past grows over the steps.
//!
//! ```text
//! mu_t <- beta1 (1 - 0.96^(t momentum_decay) / 2);   P <- P mu_t                                    (P = 1 at first)
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) g^2
//! p <- p - lr ((1 - mu_t) g / (1 - P) + mu_{t+1} m / (1 - P mu_{t+1})) / (sqrt(v / (1 - beta2^t)) + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, mean, mean_square};
use super::{Buffer, Optimizer, Scalar, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::{power, real_power};

hyper_parameters! {
    /// Hyper-parameters of NAdam; names and defaults as in PyTorch.
    pub struct NAdam {
        /// Learning rate.
        pub lr: f64 = 2e-3,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-8,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// How fast the momentum grows to `betas[0]`.
        pub momentum_decay: f64 = 4e-3,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl NAdam {
    /// The momentum of step `number`.
    fn momentum(&self, number: u64) -> f64 {
        self.betas.0 * (1.0 - 0.5 * real_power(0.96, number as f64 * self.momentum_decay))
    }
}

impl Optimizer for NAdam {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_not_negative("momentum_decay", self.momentum_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_sq")]
    }

    fn scalars(&self) -> Vec<Scalar> {
        vec![Scalar::new("mu_product", 1.0)]
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.betas.0)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (mu, mu_next) = (self.momentum(step.number), self.momentum(step.number + 1));
        step.scalars[0] *= mu;
        let product = step.scalars[0];
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Moments {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: [T::of(1.0 - self.betas.0), T::of(1.0 - self.betas.1)],
            root: T::of(1.0 / (1.0 - power(self.betas.1, step.number)).sqrt()),
            eps: epsilon(self.eps),
            of_gradient: T::of(step.rate * (1.0 - mu) / (1.0 - product)),
            of_mean: T::of(step.rate * mu_next / (1.0 - product * mu_next)),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Moments<T> {
    decay: Decay<T>,
    /// `1 - beta`: the share of the new value in a running mean.
    fresh: [T; 2],
    /// Factor of the root, and what is added to it.
    root: T,
    eps: T,
    /// Factors of gradient and mean in the step.
    of_gradient: T,
    of_mean: T,
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.decay.gradient(s, p, g);
        let (m, v) = (mean(s, self.fresh[0], m, g), mean_square(s, self.fresh[1], v, g));
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        let direction = s.mul_add(s.splat(self.of_gradient), g, s.mul(s.splat(self.of_mean), m));
        (s.sub(self.decay.shrunk(s, p), s.div(direction, denominator)), [m, v])
    }
}
