//! MADGRAD: Defazio and Jelassi 2021. Dual averaging: each step starts from where the run began, and goes along the weighted
//! sum of all gradients over the cube root of that of their squares.
//!
//! ```text
//! g <- g + weight_decay p                           (decouple_decay: p <- ... - (lr + eps) weight_decay p instead)
//! k  = (lr + eps) sqrt(t)
//! s <- s + k g;   q <- q + k g^2
//! z  = p0 - s / (cbrt(q) + eps)                     (p0 where the sum is 0)
//! p <- momentum p + (1 - momentum) z
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::decay::{decay_rate, require_decoupled};
use super::rules::{Incoming, cube_root};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of MADGRAD; names and defaults as the authors'.
    pub struct Madgrad {
        /// Learning rate.
        pub lr: f64 = 1e-2,
        /// Share of the parameter that stays, beside the new point.
        pub momentum: f64 = 0.9,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Added to the root, and to the rate.
        pub eps: f64 = 1e-6,
        /// Shrink the parameters and leave the gradient alone.
        pub decouple_decay: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl Optimizer for Madgrad {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_decay("momentum", self.momentum)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_not_negative("eps", self.eps)?;
        require_decoupled(self.decay_with_lr, self.decouple_decay, "decouple_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("grad_sum_sq"), Buffer::like("s"), Buffer::like("x0").starting_at_params().of_start()]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        // As the authors do: a rate of zero stays zero.
        let rate = if step.rate == 0.0 { 0.0 } else { step.rate + self.eps };
        let shrinking = if self.decay_with_lr { rate } else { decay_rate(step.rate, self.lr, false) };
        let (coupled, decoupled) =
            if self.decouple_decay { (0.0, self.weight_decay) } else { (self.weight_decay, 0.0) };
        step.sweep(&Averages {
            gradient: Incoming::new(self.maximize, coupled),
            weight: T::of(rate * (step.number as f64).sqrt()),
            eps: T::of(self.eps),
            fresh: T::of(1.0 - self.momentum),
            shrink: T::of(shrinking * decoupled),
        });
        Ok(())
    }
}

/// The scalars of one step.
struct Averages<T> {
    gradient: Incoming<T>,
    /// Weight of this step's gradient in the sums.
    weight: T,
    eps: T,
    /// `1 - momentum`
    fresh: T,
    /// Share of the parameter that decoupled decay takes away.
    shrink: T,
}

impl<T: Real> Rule<T, 3> for Averages<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [q, sum, start]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        let g = self.gradient.apply(s, p, g);
        let weighted = s.mul(s.splat(self.weight), g);
        let (q, sum) = (s.mul_add(weighted, g, q), s.add(sum, weighted));
        let denominator = s.add(cube_root(s, q), s.splat(self.eps));
        let zero = s.splat(T::zero());
        let far = s.select_eq(denominator, zero, zero, s.div(sum, denominator));
        let moved = s.mul_add(s.splat(self.fresh), s.sub(s.sub(start, far), p), p);
        (s.neg_mul_add(s.splat(self.shrink), p, moved), [q, sum, start])
    }
}
