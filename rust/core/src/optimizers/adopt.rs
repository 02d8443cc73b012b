//! ADOPT: Taniguchi et al. 2024. Adam that divides a gradient by the mean square of those before it, and averages then; it
//! converges with any beta2.
//!
//! ```text
//! g <- g + weight_decay p                           (decouple: p <- p (1 - lr weight_decay) instead, but at t = 1)
//! t = 1: v <- g^2, and nothing else
//! u  = clip(g / max(sqrt(v), eps), +-(t - 1)^clip_exponent)
//! m <- beta1 m + (1 - beta1) u
//! p <- p - lr m                                     (nesterov: lr (beta1 m + (1 - beta1) u))
//! v <- beta2 v + (1 - beta2) g^2
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_betas;
use super::decay::{decay_rate, require_decoupled};
use super::rules::{Incoming, epsilon, mean, mean_square};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::real_power;

hyper_parameters! {
    /// Hyper-parameters of ADOPT; names and defaults as the authors'.
    pub struct Adopt {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the scaled gradient and of the gradient's square.
        pub betas: (f64, f64) = (0.9, 0.9999),
        /// Least root to divide by.
        pub eps: f64 = 1e-6,
        /// Power of the step that bounds a scaled gradient; none for no bound.
        pub clip_exponent: Option<f64> = Some(0.25),
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Shrink the parameters and leave the gradient alone.
        pub decouple: bool = false,
        /// Look ahead along the mean.
        pub nesterov: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Adopt {
    fn bound(&self, number: u64) -> f64 {
        self.clip_exponent.map_or(f64::INFINITY, |exponent| real_power((number - 1) as f64, exponent))
    }
}

impl Optimizer for Adopt {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_betas(self.betas)?;
        require_positive("eps", self.eps)?;
        self.clip_exponent.map_or(Ok(()), |exponent| require_not_negative("clip_exponent", exponent))?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decouple, "decouple")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("exp_avg"), Buffer::like("exp_avg_sq")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (coupled, decoupled) = if self.decouple { (0.0, self.weight_decay) } else { (self.weight_decay, 0.0) };
        let gradient = Incoming::new(self.maximize, coupled);
        if step.number == 1 {
            step.sweep_on([1], &First { gradient });
            return Ok(());
        }
        let (rate, beta1) = (step.rate, self.betas.0);
        let (of_mean, of_scaled) = if self.nesterov { (beta1, 1.0 - beta1) } else { (1.0, 0.0) };
        step.sweep(&Moments {
            gradient,
            shrink: T::of(decay_rate(rate, self.lr, self.decay_with_lr) * decoupled),
            fresh: [T::of(1.0 - beta1), T::of(1.0 - self.betas.1)],
            eps: epsilon(self.eps),
            bound: T::of(self.bound(step.number)),
            of_mean: T::of(rate * of_mean),
            of_scaled: T::of(rate * of_scaled),
        });
        Ok(())
    }
}

/// The first step, which only measures.
struct First<T> {
    gradient: Incoming<T>,
}

impl<T: Real> Rule<T, 1> for First<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _v: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let g = self.gradient.apply(s, p, g);
        (p, [s.mul(g, g)])
    }
}

/// The scalars of one step.
struct Moments<T> {
    gradient: Incoming<T>,
    /// Share of the parameter that decoupled decay takes away.
    shrink: T,
    /// `1 - beta`
    fresh: [T; 2],
    eps: T,
    /// Greatest magnitude of a scaled gradient.
    bound: T,
    /// Factors of the mean, and of the scaled gradient, in the step.
    of_mean: T,
    of_scaled: T,
}

impl<T: Real> Rule<T, 2> for Moments<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [m, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.gradient.apply(s, p, g);
        // `max` and `min` return their second operand where one is NaN: divergence must stay visible.
        let scaled = s.div(g, s.max(s.splat(self.eps), s.sqrt(v)));
        let scaled = s.max(s.splat(-self.bound), s.min(s.splat(self.bound), scaled));
        let m = mean(s, self.fresh[0], m, scaled);
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        let p = s.neg_mul_add(s.splat(self.of_mean), m, s.neg_mul_add(s.splat(self.of_scaled), scaled, p));
        (p, [m, mean_square(s, self.fresh[1], v, g)])
    }
}
