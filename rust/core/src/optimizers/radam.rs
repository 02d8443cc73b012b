//! RAdam: Liu et al. 2019. Adam, whose mean square is trusted once there are gradients enough in it.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! m <- beta1 m + (1 - beta1) g;   v <- beta2 v + (1 - beta2) g^2
//! rho = 2 / (1 - beta2) - 1;   rho_t = rho - 2 t beta2^t / (1 - beta2^t)
//! rho_t > 5:   r = sqrt((rho_t - 4) (rho_t - 2) rho / ((rho - 4) (rho - 2) rho_t))
//!              p <- p - lr / (1 - beta1^t) r sqrt(1 - beta2^t) m / (sqrt(v) + eps)
//! otherwise:   p <- p - lr / (1 - beta1^t) m        (unrectified = "skip": p stays as it is)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, mean, mean_square};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::{choice, hyper_parameters};
use crate::math::power;

choice! {
    /// What RAdam does before it trusts the mean square.
    pub enum Unrectified {
        /// Steps of gradient descent with momentum.
        Sgd = "sgd",
        /// No steps.
        Skip = "skip",
    }
}

hyper_parameters! {
    /// Hyper-parameters of RAdam; names and defaults as in PyTorch.
    pub struct RAdam {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-8,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// What to do in the first steps.
        pub unrectified: Unrectified = Unrectified::Sgd,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl RAdam {
    /// The factor that makes up for the variance of the mean square at step `number`, where that is known.
    fn rectification(&self, number: u64) -> Option<f64> {
        let beta2 = self.betas.1;
        let (all, faded) = (2.0 / (1.0 - beta2) - 1.0, power(beta2, number));
        let now = all - 2.0 * number as f64 * faded / (1.0 - faded);
        let squared = (now - 4.0) * (now - 2.0) * all / ((all - 4.0) * (all - 2.0) * now);
        (now > 5.0).then(|| squared.sqrt())
    }
}

impl Optimizer for RAdam {
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
        vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_sq")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let rectification = self.rectification(step.number);
        let is_skipped = rectification.is_none() && self.unrectified == Unrectified::Skip;
        let lr = if is_skipped { 0.0 } else { step.rate };
        let corrected = (1.0 - power(self.betas.1, step.number)).sqrt();
        let rate = lr / (1.0 - power(self.betas.0, step.number)) * rectification.map_or(1.0, |r| r * corrected);
        let decay = decay_rate(lr, self.lr, self.decay_with_lr);
        step.sweep(&Moments {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: [T::of(1.0 - self.betas.0), T::of(1.0 - self.betas.1)],
            eps: epsilon(self.eps),
            is_rectified: rectification.is_some(),
            rate: T::of(rate),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Moments<T> {
    decay: Decay<T>,
    fresh: [T; 2],
    eps: T,
    /// Whether the mean square divides the step.
    is_rectified: bool,
    rate: T,
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let (m, v) = (mean(s, self.fresh[0], m, g), mean_square(s, self.fresh[1], v, g));
        let direction = if self.is_rectified { s.div(m, s.add(s.sqrt(v), s.splat(self.eps))) } else { m };
        (s.neg_mul_add(s.splat(self.rate), direction, p), [m, v])
    }
}
