//! FTRL-Proximal: McMahan et al. 2013. Follow the regularised leader: the parameters are, at each step, the minimum of all
//! gradients so far as linear functions, a quadratic that keeps them near earlier parameters, and penalties; the L1 penalty
//! makes exact zeros.
//!
//! ```text
//! n' = n + g^2                                      (n begins at initial_accumulator)
//! z <- z + g + l2_shrinkage p - (n'^-lr_power - n^-lr_power) / lr * p
//! n <- n'
//! p  = 0 where |z| <= l1, else -(z - sign(z) l1) / ((beta + n^-lr_power) / lr + l2)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;
use thalweg_kernels::vecmath::{exp_v, log_v};

use super::rules::Incoming;
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of FTRL.
    pub struct Ftrl {
        /// Learning rate, alpha in the paper.
        pub lr: f64 = 0.1,
        /// Power of the sum of squares by which the rate falls; 0 for a constant rate.
        pub lr_power: f64 = -0.5,
        /// Added to the root of the sum of squares.
        pub beta: f64 = 1.0,
        /// L1 penalty.
        pub l1: f64 = 0.0,
        /// L2 penalty, `l2 / 2 |p|^2`.
        pub l2: f64 = 0.0,
        /// L2 penalty by way of the gradient, and not of the squares that the rate follows.
        pub l2_shrinkage: f64 = 0.0,
        /// Where the sum of squares begins.
        pub initial_accumulator: f64 = 0.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Optimizer for Ftrl {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require(self.lr_power <= 0.0 && self.lr_power.is_finite(), "lr_power", "<= 0 and finite", self.lr_power)?;
        require_not_negative("beta", self.beta)?;
        require_not_negative("l1", self.l1)?;
        require_not_negative("l2", self.l2)?;
        require_not_negative("l2_shrinkage", self.l2_shrinkage)?;
        require_not_negative("initial_accumulator", self.initial_accumulator)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("accumulator").starting_at(self.initial_accumulator), Buffer::like("linear")]
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        // A rate of zero moves nothing, and there is nothing to divide by.
        if step.rate > 0.0 {
            let leader = Leader::prepare(self, step.rate);
            if self.lr_power == -0.5 {
                step.sweep(&SquareRoot(leader));
            } else {
                step.sweep(&leader);
            }
        }
        Ok(())
    }
}

/// The scalars of one step.
struct Leader<T> {
    gradient: Incoming<T>,
    shrinkage: T,
    inverse_rate: T,
    /// `-lr_power`
    power: T,
    l1: T,
    /// `beta / lr + l2`
    stiffness: T,
}

impl<T: Real> Leader<T> {
    fn prepare(options: &Ftrl, rate: f64) -> Self {
        Self {
            gradient: Incoming::new(options.maximize, 0.0),
            shrinkage: T::of(options.l2_shrinkage),
            inverse_rate: T::of(1.0 / rate),
            power: T::of(-options.lr_power),
            l1: T::of(options.l1),
            stiffness: T::of(options.beta / rate + options.l2),
        }
    }

    /// Parameter, sum of squares and linear part, from the sums of squares before and after and their powers.
    #[inline(always)]
    fn moved<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, z: S::V, before: S::V, after: S::V) -> (S::V, S::V) {
        let (zero, l1, inverse) = (s.splat(T::zero()), s.splat(self.l1), s.splat(self.inverse_rate));
        let shrunk = s.mul_add(s.splat(self.shrinkage), p, g);
        let held = s.mul(s.mul(s.sub(after, before), inverse), p);
        let z = s.add(z, s.sub(shrunk, held));
        let beyond = s.sub(s.copysign(l1, z), z);
        let beyond = s.select_lt(l1, s.abs(z), beyond, s.mul(zero, z));
        let quotient = s.div(beyond, s.mul_add(after, inverse, s.splat(self.stiffness)));
        // Nothing over nothing where no gradient has come yet.
        (s.select_eq(beyond, zero, zero, quotient), z)
    }

    #[inline(always)]
    fn raised<S: Simd<T>>(&self, s: S, n: S::V) -> S::V {
        // `max` returns its second operand where one is NaN: divergence must stay visible.
        let n = s.max(s.splat(T::min_positive_value()), n);
        exp_v(s, s.mul(s.splat(self.power), log_v(s, n)))
    }
}

impl<T: Real> Rule<T, 2> for Leader<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [n, z]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.gradient.apply(s, p, g);
        let after = s.mul_add(g, g, n);
        let (p, z) = self.moved(s, p, g, z, self.raised(s, n), self.raised(s, after));
        (p, [after, z])
    }
}

/// With the power of the paper.
struct SquareRoot<T>(Leader<T>);

impl<T: Real> Rule<T, 2> for SquareRoot<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [n, z]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.0.gradient.apply(s, p, g);
        let after = s.mul_add(g, g, n);
        let (p, z) = self.0.moved(s, p, g, z, s.sqrt(n), s.sqrt(after));
        (p, [after, z])
    }
}
