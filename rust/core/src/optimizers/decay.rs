//! How most rules begin: the gradient's sign, and weight decay in the gradient or beside it.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;

use super::rules::Incoming;

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
