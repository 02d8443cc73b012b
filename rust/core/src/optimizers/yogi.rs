//! Yogi: Zaheer, Reddi, Sachan, Kale and Kumar 2018. Adam whose mean square moves by steps of the size of the new square, so
//! that a few large gradients cannot be forgotten at once.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! m <- beta1 m + (1 - beta1) g                      (m and v begin at initial_accumulator)
//! v <- v - (1 - beta2) sign(v - g^2) g^2
//! p <- p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, mean, sign};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of Yogi; defaults as the authors'.
    pub struct Yogi {
        /// Learning rate.
        pub lr: f64 = 1e-2,
        /// Decay of the mean of the gradient, and share of a new square that the mean square moves by.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root.
        pub eps: f64 = 1e-3,
        /// Where both means begin.
        pub initial_accumulator: f64 = 1e-6,
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

impl Optimizer for Yogi {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        require_not_negative("initial_accumulator", self.initial_accumulator)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        ["exp_avg", "exp_avg_sq"].map(|name| Buffer::like(name).starting_at(self.initial_accumulator)).into()
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Moments {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            fresh: [T::of(1.0 - self.betas.0), T::of(1.0 - self.betas.1)],
            root: T::of(1.0 / (1.0 - power(self.betas.1, step.number)).sqrt()),
            eps: epsilon(self.eps),
            rate: T::of(step.rate / (1.0 - power(self.betas.0, step.number))),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Moments<T> {
    decay: Decay<T>,
    /// `1 - beta`
    fresh: [T; 2],
    /// Factor of the root, and what is added to it.
    root: T,
    eps: T,
    rate: T,
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.decay.gradient(s, p, g);
        let m = mean(s, self.fresh[0], m, g);
        // Rounded before it is compared, or an equal square would seem to differ.
        let square = s.mul(g, g);
        let towards = s.mul(sign(s, s.sub(v, square)), square);
        let v = s.neg_mul_add(s.splat(self.fresh[1]), towards, v);
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        (s.neg_mul_add(s.splat(self.rate), s.div(m, denominator), self.decay.shrunk(s, p)), [m, v])
    }
}
