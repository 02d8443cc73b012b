//! ASGD: Ruppert 1988; Polyak and Juditsky 1992. Gradient descent at a fading rate, beside the average of its path.
//!
//! ```text
//! g <- g + weight_decay p;   eta_t = lr / (1 + lambd lr (t - 1))^alpha;   mu_t = 1 / max(1, t - 1 - t0)
//! p <- p (1 - lambd eta_t) - eta_t g
//! a <- a + mu_t (p - a)                             (a <- p while mu_t = 1)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::rules::{Incoming, mean};
use super::{Buffer, EvalParams, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::real_power;

hyper_parameters! {
    /// Hyper-parameters of ASGD; names and defaults as in PyTorch.
    pub struct Asgd {
        /// Learning rate.
        pub lr: f64 = 1e-2,
        /// Decay of the parameters, and of the rate.
        pub lambd: f64 = 1e-4,
        /// Power of the decay of the rate.
        pub alpha: f64 = 0.75,
        /// Steps before the average begins.
        pub t0: f64 = 1e6,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Optimizer for Asgd {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("lambd", self.lambd)?;
        require_not_negative("alpha", self.alpha)?;
        require_not_negative("t0", self.t0)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("ax").starting_at_params()]
    }

    fn eval_params(&self, _number: u64) -> EvalParams {
        EvalParams::Buffer(0)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let before = (step.number - 1) as f64;
        // A function of the step, where PyTorch keeps the numbers of the next: a new rate works at once.
        let rate = step.rate / real_power(1.0 + self.lambd * step.rate * before, self.alpha);
        let fresh = 1.0 / (before - self.t0).max(1.0);
        step.sweep(&Averaged {
            gradient: Incoming::new(self.maximize, self.weight_decay),
            shrink: T::of(self.lambd * rate),
            rate: T::of(rate),
            fresh: T::of(fresh),
            is_copy: fresh == 1.0,
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Averaged<T> {
    gradient: Incoming<T>,
    shrink: T,
    rate: T,
    /// Share of the new parameter in the average.
    fresh: T,
    /// Whether it is all of it, to the last bit.
    is_copy: bool,
}

impl<T: Real> Rule<T, 1> for Averaged<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [a]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let g = self.gradient.apply(s, p, g);
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        let p = s.neg_mul_add(s.splat(self.rate), g, p);
        (p, [if self.is_copy { p } else { mean(s, self.fresh, a, p) }])
    }
}
