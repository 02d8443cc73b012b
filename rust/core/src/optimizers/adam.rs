//! Adam: Kingma and Ba 2014; AMSGrad: Reddi et al. 2018.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! m <- beta1 m + (1 - beta1) g
//! v <- beta2 v + (1 - beta2) g^2                    (amsgrad: x <- max(x, v), and x in the place of v below)
//! p <- p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
//! epsilon_hat:
//! p <- p - lr sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::rules::{epsilon, mean, mean_square};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of Adam; names and defaults as in PyTorch.
    pub struct Adam {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-8,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Use the greatest mean square so far.
        pub amsgrad: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Add epsilon to the root before its correction, as scikit-learn and Keras do.
        pub epsilon_hat: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Adam {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        // PyTorch allows 0, and then makes NaN of every parameter whose gradient is zero from the start.
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_sq")];
        buffers.extend(self.amsgrad.then(|| Buffer::like("max_exp_avg_sq")));
        buffers
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.betas.0)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let moments = Moments::prepare(self, step.number, step.rate);
        if self.amsgrad {
            step.sweep(&AmsGrad(moments));
        } else {
            step.sweep(&moments);
        }
        Ok(())
    }
}

/// The scalars of one step.
#[derive(Clone, Copy)]
pub(super) struct Moments<T> {
    decay: Decay<T>,
    /// `1 - beta`: the share of the new value in a running mean.
    fresh: [T; 2],
    /// Factor of the root, and what is added to it.
    root: T,
    eps: T,
    /// Factor of the quotient.
    rate: T,
}

impl<T: Real> Moments<T> {
    pub(super) fn prepare(adam: &Adam, number: u64, rate: f64) -> Self {
        let (beta1, beta2) = adam.betas;
        let corrected = (1.0 - power(beta2, number)).sqrt();
        let decay = decay_rate(rate, adam.lr, adam.decay_with_lr);
        let rate_hat = rate / (1.0 - power(beta1, number));
        let (root, scaled_rate) =
            if adam.epsilon_hat { (1.0, rate_hat * corrected) } else { (1.0 / corrected, rate_hat) };
        Self {
            decay: Decay::new(adam.maximize, adam.weight_decay, adam.decoupled_weight_decay, decay),
            fresh: [T::of(1.0 - beta1), T::of(1.0 - beta2)],
            root: T::of(root),
            eps: epsilon(adam.eps),
            rate: T::of(scaled_rate),
        }
    }

    #[inline(always)]
    fn means<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, m: S::V, v: S::V) -> (S::V, S::V) {
        let g = self.decay.gradient(s, p, g);
        (mean(s, self.fresh[0], m, g), mean_square(s, self.fresh[1], v, g))
    }

    #[inline(always)]
    fn moved<S: Simd<T>>(&self, s: S, p: S::V, m: S::V, v: S::V) -> S::V {
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        s.neg_mul_add(s.splat(self.rate), s.div(m, denominator), self.decay.shrunk(s, p))
    }
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let (m, v) = self.means(s, p, g, m, v);
        (self.moved(s, p, m, v), [m, v])
    }
}

struct AmsGrad<T>(Moments<T>);

impl<T: Real> Rule<T, 3> for AmsGrad<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v, x]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let (m, v) = self.0.means(s, p, g, m, v);
        // In this order, for `max` returns its second operand where one is NaN: divergence must stay visible.
        let x = s.max(x, v);
        (self.0.moved(s, p, m, x), [m, v, x])
    }
}
