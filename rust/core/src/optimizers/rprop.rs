//! Rprop: Riedmiller and Braun 1993, in the form iRprop- of Igel and Huesken 2000. Each element has a step of its own, which
//! grows while the gradient keeps its sign.
//!
//! ```text
//! s = g g_previous
//! d <- d etas[1] where s > 0,   d etas[0] where s < 0;   clipped to step_sizes          (d = lr at first)
//! g <- 0 where s < 0
//! p <- p - sign(g) d;   g_previous <- g
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::rules::{Incoming, sign};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Rprop; names and defaults as in PyTorch.
    pub struct Rprop {
        /// Length of the first step.
        pub lr: f64 = 1e-2,
        /// Factors of a step whose gradient has changed its sign, and of one whose gradient has kept it.
        pub etas: (f64, f64) = (0.5, 1.2),
        /// Least and greatest length of a step.
        pub step_sizes: (f64, f64) = (1e-6, 50.0),
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Optimizer for Rprop {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        let ((shorter, longer), (least, greatest)) = (self.etas, self.step_sizes);
        require(shorter > 0.0 && shorter < 1.0, "etas[0]", "in (0, 1)", shorter)?;
        require(longer > 1.0 && longer.is_finite(), "etas[1]", "> 1 and finite", longer)?;
        require_positive("step_sizes[0]", least)?;
        let rule = format_args!("finite and >= `step_sizes[0]`, which is {least}");
        require(greatest >= least && greatest.is_finite(), "step_sizes[1]", rule, greatest)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("prev"), Buffer::like("step_size")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        // The rate of the first step is all that counts of it.
        let start = if step.number == 1 { step.rate } else { 0.0 };
        step.sweep(&Signs {
            gradient: Incoming::new(self.maximize, 0.0),
            start: T::of(start),
            factors: [T::of(self.etas.0), T::of(self.etas.1)],
            range: [T::of(self.step_sizes.0), T::of(self.step_sizes.1)],
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Signs<T> {
    gradient: Incoming<T>,
    /// Added to the lengths: what they begin with at the first step, 0 afterwards.
    start: T,
    factors: [T; 2],
    range: [T; 2],
}

impl<T: Real> Rule<T, 2> for Signs<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [previous, length]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let (zero, one) = (s.splat(T::zero()), s.splat(T::one()));
        let g = self.gradient.apply(s, p, g);
        let agreement = s.mul(g, previous);
        let grown = s.select_lt(zero, agreement, s.splat(self.factors[1]), one);
        let factor = s.select_lt(agreement, zero, s.splat(self.factors[0]), grown);
        let length = s.mul(s.add(length, s.splat(self.start)), factor);
        let length = s.min(s.max(length, s.splat(self.range[0])), s.splat(self.range[1]));
        let g = s.select_lt(agreement, zero, zero, g);
        (s.neg_mul_add(sign(s, g), length, p), [g, length])
    }
}
