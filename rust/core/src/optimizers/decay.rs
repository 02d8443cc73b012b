//! How most rules begin: the gradient's sign, and weight decay in the gradient or beside it.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::Step;
use super::rules::Incoming;
use crate::error::{Result, require};

/// The rate of decoupled decay: that of the step, or with `with_lr = false` only the share that a schedule leaves of it, as
/// Loshchilov and Hutter have it, so that another learning rate does not change the decay.
pub fn decay_rate(rate: f64, lr: f64, with_lr: bool) -> f64 {
    if with_lr { rate } else { rate / lr }
}

/// Refuses to free a decay of the rate that is not decoupled; `flag` is the hyper-parameter that decouples it.
pub fn require_decoupled(with_lr: bool, is_decoupled: bool, flag: &str) -> Result<()> {
    require(with_lr || is_decoupled, "decay_with_lr", format_args!("True without `{flag}`"), with_lr)
}

/// The gradient that enters a rule, and the parameter that its step is taken from.
#[derive(Clone, Copy, Debug)]
pub struct Decay<T> {
    gradient: Incoming<T>,
    /// Share of the parameter that decoupled decay takes away.
    shrink: T,
}

impl<T: Real> Decay<T> {
    /// `is_decoupled` takes `rate * weight_decay` of the parameter and leaves the gradient alone.
    pub fn new(maximize: bool, weight_decay: f64, is_decoupled: bool, rate: f64) -> Self {
        let (coupled, decoupled) = if is_decoupled { (0.0, weight_decay) } else { (weight_decay, 0.0) };
        Self { gradient: Incoming::new(maximize, coupled), shrink: T::of(rate * decoupled) }
    }

    /// The rule's gradient, of the parameter before it shrinks.
    #[inline(always)]
    pub fn gradient<S: Simd<T>>(&self, s: S, p: S::V, g: S::V) -> S::V {
        self.gradient.apply(s, p, g)
    }

    /// The parameter from which the rule steps.
    #[inline(always)]
    pub fn shrunk<S: Simd<T>>(&self, s: S, p: S::V) -> S::V {
        s.neg_mul_add(s.splat(self.shrink), p, p)
    }
}

/// A rule whose parameters shrink first, where the gradient has no decay in it.
pub struct Shrunk<T, R> {
    shrink: T,
    rule: R,
}

impl<T: Real, R> Shrunk<T, R> {
    /// Takes the share `shrink` of the parameters, and the rule's step. Nothing to take leaves the bare rule, to the sign of
    /// its zeros.
    pub fn sweep<const K: usize>(step: &mut Step<'_, T>, shrink: T, rule: R)
    where
        R: Rule<T, K>,
    {
        if shrink == T::zero() { step.sweep(&rule) } else { step.sweep(&Self { shrink, rule }) }
    }
}

impl<T: Real, R: Rule<T, K>, const K: usize> Rule<T, K> for Shrunk<T, R> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, state: [S::V; K]) -> (S::V, [S::V; K]) {
        self.rule.update(s, s.neg_mul_add(s.splat(self.shrink), p, p), g, state)
    }
}
