//! MoMo: Schaipp, Ohana, Eickenberg, Defazio and Gower 2023. Momentum with Polyak's step size: as far as a model of the loss,
//! the mean of its last linearisations, stays above a lower bound. All sums are over all tensors.
//!
//! ```text
//! d <- beta d + (1 - beta) g;   f <- … loss;   gamma <- … g p            (the first values, without bias correction)
//! rho = 1 - beta^t                                  (1 without bias correction)
//! a = 1 + lr weight_decay
//! tau = min(lr / rho, max(a (f - rho lb - gamma) + d p, 0) / |d|^2)
//! p <- p / a - tau d                                (shrink_step: (p - tau d) / a)
//! use_fstar: before, lb <- cap / (2 a rho) if cap = a (f - gamma) + d p < a rho lb
//!            after, lb <- (f + d p - gamma - tau |d|^2 / 2) / rho;   both not below the first lb
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule};

use super::checks::{all_but, require_decay};
use super::rules::mean;
use super::{Buffer, Needs, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::{Value, hyper_parameters};
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of MoMo; names and defaults as the authors'.
    pub struct Momo {
        /// Largest rate.
        pub lr: f64 = 1.0,
        /// Shrinks the parameters.
        pub weight_decay: f64 = 0.0,
        /// Decay of the running means.
        pub beta: f64 = 0.9,
        /// Lower bound of the loss.
        pub lb: f64 = 0.0,
        /// Begin the means at zero and correct for it, instead of at the first values.
        pub bias_correction: bool = false,
        /// Estimate the lower bound on the way.
        pub use_fstar: bool = false,
        /// Shrink the step together with the parameters.
        pub shrink_step: bool = false,
    }
}

// Places of the numbers.
/// The mean of the loss.
const LOSS: usize = 0;
/// The mean of `g p`.
const GAMMA: usize = 1;
/// The lower bound.
const BOUND: usize = 2;
/// `f - rho lb - gamma` of this step.
const GAP: usize = 3;
/// `d p` of this step.
const SLOPE: usize = 4;
/// `|d|^2` of this step.
const SQUARES: usize = 5;

impl Momo {
    fn rho(&self, number: u64) -> f64 {
        if self.bias_correction { 1.0 - power(self.beta, number) } else { 1.0 }
    }

    /// How far to go along the mean gradient.
    fn tau(&self, number: u64, rate: f64, shared: &[f64]) -> f64 {
        if shared[SQUARES] <= f64::EPSILON {
            return 0.0;
        }
        let scale = 1.0 + rate * self.weight_decay;
        let fall = (scale * shared[GAP] + shared[SLOPE]).max(0.0);
        (rate / self.rho(number)).min(fall / shared[SQUARES])
    }

    /// The bound lowered to what the model of the loss reaches.
    fn lowered(&self, number: u64, rate: f64, shared: &[f64]) -> f64 {
        let (scale, rho) = (1.0 + rate * self.weight_decay, self.rho(number));
        let cap = scale * (shared[LOSS] - shared[GAMMA]) + shared[SLOPE];
        let bound = shared[BOUND];
        if cap < scale * rho * bound { (cap / (2.0 * scale * rho)).max(self.lb) } else { bound }
    }
}

impl Optimizer for Momo {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decay("beta", self.beta)?;
        require(self.lb.is_finite(), "lb", "finite", self.lb)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("grad_avg")]
    }

    fn shared(&self) -> Vec<Scalar> {
        let names =
            [("loss_avg", 0.0), ("grad_dot_w", 0.0), ("lb", self.lb), ("gap", 0.0), ("slope", 0.0), ("squares", 0.0)];
        names.map(|(name, initial)| Scalar::new(name, initial)).to_vec()
    }

    fn needs(&self) -> Needs {
        Needs { loss: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), &["lr", "weight_decay", "shrink_step"])
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (number, rate, loss) = (step.number, step.rate, step.loss.expect("a loss"));
        let fresh = if number == 1 && !self.bias_correction { 1.0 } else { 1.0 - self.beta };
        let [of_gradient, slope, squares] = step.fold_on([0], &Average { fresh: T::of(fresh) });
        let shared = &mut *step.shared;
        shared[LOSS] += fresh * (loss - shared[LOSS]);
        shared[GAMMA] += fresh * (of_gradient - shared[GAMMA]);
        (shared[SLOPE], shared[SQUARES]) = (slope, squares);
        if self.use_fstar {
            shared[BOUND] = self.lowered(number, rate, shared);
        }
        shared[GAP] = shared[LOSS] - self.rho(number) * shared[BOUND] - shared[GAMMA];
        if self.use_fstar {
            let reached = shared[LOSS] + slope - shared[GAMMA] - 0.5 * self.tau(number, rate, shared) * squares;
            shared[BOUND] = (reached / self.rho(number)).max(self.lb);
        }
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let tau = self.tau(step.number, step.rate, step.shared);
        let decay = step.rate * self.weight_decay;
        let length = if self.shrink_step { tau / (1.0 + decay) } else { tau };
        step.sweep(&Move { shrink: T::of(decay / (1.0 + decay)), length: T::of(length) });
        Ok(())
    }
}

/// The mean gradient, and the sums of `g p`, `d p` and `d^2`.
struct Average<T> {
    fresh: T,
}

impl<T: Real> FoldRule<T, 1, 3> for Average<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [d]: [S::V; 1]) -> (S::V, [S::V; 1], [S::V; 3]) {
        let d = mean(s, self.fresh, d, g);
        (p, [d], [s.mul(g, p), s.mul(d, p), s.mul(d, d)])
    }
}

struct Move<T> {
    shrink: T,
    length: T,
}

impl<T: Real> Rule<T, 1> for Move<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [d]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        (s.neg_mul_add(s.splat(self.length), d, p), [d])
    }
}
