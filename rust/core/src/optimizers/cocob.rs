//! COCOB: Orabona and Tommasi 2017. No learning rate: a gambler for each parameter bets on the sign of the next gradient a
//! share of what it has won, and the bet is how far the parameter is from where it began.
//!
//! ```text
//! g <- lr (g + weight_decay p)                      (lr is 1 but for schedules)
//! L <- max(L, |g|)                                  (L begins at eps)
//! G <- G + |g|
//! R <- max(R - g (p - p0), 0)
//! C <- C - g
//! p <- p0 + C (L + R) / (L max(G + L, alpha L))
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::rules::{Incoming, epsilon};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of COCOB; names and defaults as in optax.
    pub struct Cocob {
        /// Bounds the first bets: a step is no larger than about `1 / alpha` to begin with.
        pub alpha: f64 = 100.0,
        /// Greatest gradient to begin with.
        pub eps: f64 = 1e-8,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Optimizer for Cocob {
    fn validate(&self) -> Result<()> {
        require_positive("alpha", self.alpha)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![
            Buffer::like("initial").starting_at_params().of_start(),
            Buffer::like("sum"),
            Buffer::like("largest").starting_at(self.eps),
            Buffer::like("sum_abs"),
            Buffer::like("reward"),
        ]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        step.sweep(&Bet {
            gradient: Incoming::new(self.maximize, self.weight_decay),
            scale: T::of(step.rate),
            alpha: T::of(self.alpha),
            least: epsilon(self.eps),
        });
        Ok(())
    }
}

struct Bet<T> {
    gradient: Incoming<T>,
    /// Factor of the gradient.
    scale: T,
    alpha: T,
    /// What the largest gradient is at least, even where `eps` was rounded to zero.
    least: T,
}

impl<T: Real> Rule<T, 5> for Bet<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(
        &self,
        s: S,
        p: S::V,
        g: S::V,
        [start, sum, largest, sum_abs, reward]: [S::V; 5],
    ) -> (S::V, [S::V; 5]) {
        let g = s.mul(s.splat(self.scale), self.gradient.apply(s, p, g));
        let size = s.abs(g);
        // `max` returns its second operand where one is NaN: divergence must stay visible.
        let largest = s.max(s.max(s.splat(self.least), largest), size);
        let sum_abs = s.add(sum_abs, size);
        let won = s.neg_mul_add(g, s.sub(p, start), reward);
        let reward = s.max(s.splat(T::zero()), won);
        let sum = s.sub(sum, g);
        let bound = s.max(s.mul(s.splat(self.alpha), largest), s.add(sum_abs, largest));
        // Two quotients, since the product of their denominators may be too small to be told from zero.
        let stake = s.div(s.add(largest, reward), largest);
        let p = s.mul_add(s.div(sum, bound), stake, start);
        (p, [start, sum, largest, sum_abs, reward])
    }
}
