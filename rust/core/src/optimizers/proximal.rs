//! Forward-backward steps, shared by proximal gradient descent, FISTA and Nesterov's accelerated gradient.
//!
//! ```text
//! p <- S(y - lr g, lr l1) / (1 + lr l2)             S(v, c) = sign(v) max(|v| - c, 0);   y the parameters, g at y
//! backtracking: lr shrinks until f(p) <= f(y) + g.(p - y) + |p - y|^2 / (2 lr)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{FoldRule, Rule};

use super::closure::Answer;
use super::line_search::require_factor;
use super::{Of, Step};
use crate::error::{Result, require_not_negative};

/// Cuts of a rate before a step is given up: from 1 to below the smallest f64.
const MOST_CUTS: u32 = 60;

/// What rounding may add to a loss, as a share of it.
const ROUNDING: f64 = 1e-12;

/// The penalty, which is not part of the closure: `l1 |p|_1 + l2 |p|^2 / 2`.
#[derive(Clone, Copy, Debug)]
pub struct Penalty {
    pub l1: f64,
    pub l2: f64,
}

impl Penalty {
    pub fn validate(self) -> Result<()> {
        require_not_negative("l1", self.l1)?;
        require_not_negative("l2", self.l2)
    }

    /// Its value at the parameters.
    pub fn value<T: Real>(self, step: &Step<'_, T>) -> f64 {
        let l1 = if self.l1 == 0.0 { 0.0 } else { self.l1 * step.sum_abs(Of::Params) };
        let l2 = if self.l2 == 0.0 { 0.0 } else { 0.5 * self.l2 * step.sum_squares(Of::Params) };
        l1 + l2
    }

    /// The rule of a step with this rate.
    pub fn at<T: Real>(self, rate: f64) -> Shrink<T> {
        Shrink { rate: T::of(rate), threshold: T::of(rate * self.l1), scale: T::of(1.0 / (1.0 + rate * self.l2)) }
    }
}

/// A step down the gradient and to where the penalty pulls.
#[derive(Clone, Copy, Debug)]
pub struct Shrink<T> {
    rate: T,
    threshold: T,
    scale: T,
}

impl<T: Real> Shrink<T> {
    #[inline(always)]
    pub fn apply<S: Simd<T>>(&self, s: S, y: S::V, g: S::V) -> S::V {
        let v = s.neg_mul_add(s.splat(self.rate), g, y);
        // NaN stays: the maximum is its second argument then.
        let shrunk = s.max(s.splat(T::zero()), s.sub(s.abs(v), s.splat(self.threshold)));
        s.mul(s.copysign(shrunk, v), s.splat(self.scale))
    }
}

impl<T: Real> Rule<T, 0> for Shrink<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        (self.apply(s, p, g), [])
    }
}

/// Steps whose rate is cut where it proves too long for the function.
#[derive(Clone, Copy, Debug)]
pub struct Backtracking {
    pub penalty: Penalty,
    /// What the rate is multiplied by.
    pub decrease_factor: f64,
    /// The buffer that keeps the parameters of the start.
    pub start: usize,
    /// The buffer that keeps the gradient there.
    pub gradient: usize,
}

impl Backtracking {
    pub fn validate(&self) -> Result<()> {
        require_factor(self.decrease_factor)
    }

    /// Takes a step from the parameters, where loss and gradient are known; returns the rate with which it was taken. Where
    /// none is short enough the parameters stay.
    pub fn take<T: Real>(&self, step: &mut Step<'_, T>, loss: f64, rate: f64) -> Answer<f64> {
        let mut rate = rate;
        step.copy(Of::Params, Of::Buffer(self.start));
        step.copy(Of::Gradient, Of::Buffer(self.gradient));
        for _ in 0..MOST_CUTS {
            let [along, squares] = step.fold_on([self.start, self.gradient], &Trial { shrink: self.penalty.at(rate) });
            let bound = loss + along + squares / (2.0 * rate);
            if step.evaluate()? <= bound + ROUNDING * loss.abs() {
                return Ok(rate);
            }
            rate *= self.decrease_factor;
        }
        step.copy(Of::Buffer(self.start), Of::Params);
        Ok(rate)
    }
}

/// A step from a kept start, with `g.(p - y)` and `|p - y|^2`.
struct Trial<T> {
    shrink: Shrink<T>,
}

impl<T: Real> FoldRule<T, 2, 2> for Trial<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, _p: S::V, _g: S::V, [y, g]: [S::V; 2]) -> (S::V, [S::V; 2], [S::V; 2]) {
        let p = self.shrink.apply(s, y, g);
        let moved = s.sub(p, y);
        (p, [y, g], [s.mul(g, moved), s.mul(moved, moved)])
    }
}
