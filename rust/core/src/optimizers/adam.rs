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

use super::{Optimizer, Step, power, require_decay, require_not_negative, require_positive};
use crate::error::Result;
use crate::hyper::hyper_parameters;

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
    }
}

impl Optimizer for Adam {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("betas[0]", self.betas.0)?;
        require_decay("betas[1]", self.betas.1)?;
        // PyTorch allows 0, and then makes NaN of every parameter whose gradient is zero from the start.
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> &'static [&'static str] {
        if self.amsgrad { &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"] } else { &["exp_avg", "exp_avg_sq"] }
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.betas.0)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) {
        let moments = Moments::prepare(self, step.number, step.rate);
        if self.amsgrad {
            step.sweep(&AmsGrad(moments));
        } else {
            step.sweep(&moments);
        }
    }
}

/// The scalars of one step.
#[derive(Clone, Copy)]
struct Moments<T> {
    /// The gradient that enters: `sign * g + decay * p`.
    sign: T,
    decay: T,
    /// Share of the parameter that decoupled decay takes away.
    shrink: T,
    /// `1 - beta`: the share of the new value in a running mean.
    fresh: [T; 2],
    /// Factor of the root, and what is added to it.
    root: T,
    eps: T,
    /// Factor of the quotient.
    rate: T,
}

impl<T: Real> Moments<T> {
    fn prepare(adam: &Adam, number: u64, rate: f64) -> Self {
        let (beta1, beta2) = adam.betas;
        let corrected = (1.0 - power(beta2, number)).sqrt();
        let rate_hat = rate / (1.0 - power(beta1, number));
        let (root, scaled_rate) =
            if adam.epsilon_hat { (1.0, rate_hat * corrected) } else { (1.0 / corrected, rate_hat) };
        let (coupled, decoupled) =
            if adam.decoupled_weight_decay { (0.0, adam.weight_decay) } else { (adam.weight_decay, 0.0) };
        Self {
            sign: T::of(if adam.maximize { -1.0 } else { 1.0 }),
            decay: T::of(coupled),
            shrink: T::of(rate * decoupled),
            fresh: [T::of(1.0 - beta1), T::of(1.0 - beta2)],
            root: T::of(root),
            // Not rounded to zero, or a gradient of zero would divide zero by zero.
            eps: T::of(adam.eps).max(T::min_positive_value()),
            rate: T::of(scaled_rate),
        }
    }

    #[inline(always)]
    fn gradient<S: Simd<T>>(&self, s: S, p: S::V, g: S::V) -> S::V {
        s.mul_add(s.splat(self.decay), p, s.mul(s.splat(self.sign), g))
    }

    /// The running means of g and of its square. Written as `m + (1 - beta)(g - m)`: in f32, beta and 1 - beta rounded
    /// apart would not sum to one, and v would settle some 1e-5 beside the mean square.
    #[inline(always)]
    fn means<S: Simd<T>>(&self, s: S, g: S::V, m: S::V, v: S::V) -> (S::V, S::V) {
        let m = s.mul_add(s.splat(self.fresh[0]), s.sub(g, m), m);
        let change = s.mul_add(g, g, s.neg(v));
        (m, s.mul_add(s.splat(self.fresh[1]), change, v))
    }

    #[inline(always)]
    fn moved<S: Simd<T>>(&self, s: S, p: S::V, m: S::V, v: S::V) -> S::V {
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        s.neg_mul_add(s.splat(self.rate), s.div(m, denominator), p)
    }
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let (m, v) = self.means(s, self.gradient(s, p, g), m, v);
        (self.moved(s, p, m, v), [m, v])
    }
}

struct AmsGrad<T>(Moments<T>);

impl<T: Real> Rule<T, 3> for AmsGrad<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v, x]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let (m, v) = self.0.means(s, self.0.gradient(s, p, g), m, v);
        // In this order, for `max` returns its second operand where one is NaN: divergence must stay visible.
        let x = s.max(x, v);
        (self.0.moved(s, p, m, x), [m, v, x])
    }
}
