//! AdaBelief: Zhuang et al. 2020. Adam that divides by how far gradients lie from their mean, in place of how large they are.
//!
//! ```text
//! g <- g + weight_decay p                           (weight_decouple: p <- p (1 - lr weight_decay) instead)
//! m <- beta1 m + (1 - beta1) g
//! v <- beta2 v + (1 - beta2) (g - m)^2 + eps_root   (amsgrad: x <- max(x, v), and x in the place of v below)
//! p <- p - lr / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + eps)
//! rectify, with the r of RAdam where it exists, and else without a denominator:
//! p <- p - lr r sqrt(1 - beta2^t) / (1 - beta1^t) * m / (sqrt(v) + eps)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{decay_rate, require_decoupled};
use super::rectification::Rectification;
use super::rules::{Incoming, epsilon, mean};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of AdaBelief; names as the authors', and `eps_root` as in optax.
    pub struct AdaBelief {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the gradient and of its squared deviation.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root.
        pub eps: f64 = 1e-16,
        /// Decay of the parameters.
        pub weight_decay: f64 = 0.0,
        /// Use the greatest mean squared deviation so far.
        pub amsgrad: bool = false,
        /// Shrink the parameters and leave the gradient alone.
        pub weight_decouple: bool = true,
        /// Begin as RAdam does.
        pub rectify: bool = false,
        /// Added to the mean squared deviation at each step; it stays there.
        pub eps_root: f64 = 1e-16,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for AdaBelief {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_not_negative("eps_root", self.eps_root)?;
        require_decoupled(self.decay_with_lr, self.weight_decouple, "weight_decouple")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_var")];
        buffers.extend(self.amsgrad.then(|| Buffer::like("max_exp_avg_var")));
        buffers
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let beliefs = Beliefs::prepare(self, step.number, step.rate);
        if self.amsgrad {
            step.sweep(&Greatest(beliefs));
        } else {
            step.sweep(&beliefs);
        }
        Ok(())
    }
}

/// The scalars of one step.
struct Beliefs<T> {
    gradient: Incoming<T>,
    /// Share of the parameter that decoupled decay takes away.
    shrink: T,
    /// `1 - beta`
    fresh: [T; 2],
    eps_root: T,
    /// Factor of the root, and what is added to it; with a factor of 0 and 1 added there is no denominator.
    root: T,
    eps: T,
    rate: T,
}

impl<T: Real> Beliefs<T> {
    fn prepare(options: &AdaBelief, number: u64, rate: f64) -> Self {
        let (beta1, beta2) = options.betas;
        let corrected = (1.0 - power(beta2, number)).sqrt();
        let (root, eps, factor) = if options.rectify {
            let rectification = Rectification::of(beta2, number);
            rectification.factor(5.0).map_or((0.0, 1.0, 1.0), |factor| (1.0, options.eps, factor * corrected))
        } else {
            (1.0 / corrected, options.eps, 1.0)
        };
        let (coupled, decoupled) =
            if options.weight_decouple { (0.0, options.weight_decay) } else { (options.weight_decay, 0.0) };
        Self {
            gradient: Incoming::new(options.maximize, coupled),
            shrink: T::of(decay_rate(rate, options.lr, options.decay_with_lr) * decoupled),
            fresh: [T::of(1.0 - beta1), T::of(1.0 - beta2)],
            eps_root: T::of(options.eps_root),
            root: T::of(root),
            eps: epsilon(eps),
            rate: T::of(rate * factor / (1.0 - power(beta1, number))),
        }
    }

    #[inline(always)]
    fn means<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, m: S::V, v: S::V) -> (S::V, S::V) {
        let g = self.gradient.apply(s, p, g);
        let m = mean(s, self.fresh[0], m, g);
        let off = s.sub(g, m);
        let v = mean(s, self.fresh[1], v, s.mul(off, off));
        (m, s.add(v, s.splat(self.eps_root)))
    }

    #[inline(always)]
    fn moved<S: Simd<T>>(&self, s: S, p: S::V, m: S::V, v: S::V) -> S::V {
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        s.neg_mul_add(s.splat(self.rate), s.div(m, denominator), p)
    }
}

impl<T: Real> Rule<T, 2> for Beliefs<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let (m, v) = self.means(s, p, g, m, v);
        (self.moved(s, p, m, v), [m, v])
    }
}

struct Greatest<T>(Beliefs<T>);

impl<T: Real> Rule<T, 3> for Greatest<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v, x]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let (m, v) = self.0.means(s, p, g, m, v);
        // `max` returns its second operand where one is NaN: divergence must stay visible.
        let x = s.max(x, v);
        (self.0.moved(s, p, m, x), [m, v, x])
    }
}
