//! What the rules of several members have in common.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

/// The gradient that enters a rule: `sign * g + decay * p`.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<T> {
    sign: T,
    decay: T,
}

impl<T: Real> Incoming<T> {
    /// `maximize` turns the gradient round before the coupled decay is added.
    pub fn new(maximize: bool, decay: f64) -> Self {
        Self { sign: T::of(if maximize { -1.0 } else { 1.0 }), decay: T::of(decay) }
    }

    /// The gradient of some elements.
    #[inline(always)]
    pub fn apply<S: Simd<T>>(&self, s: S, p: S::V, g: S::V) -> S::V {
        s.mul_add(s.splat(self.decay), p, s.mul(s.splat(self.sign), g))
    }
}

/// `p - rate g`.
pub struct Descent<T> {
    pub gradient: Incoming<T>,
    pub rate: T,
}

impl<T: Real> Rule<T, 0> for Descent<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> (S::V, [S::V; 0]) {
        let g = self.gradient.apply(s, p, g);
        (s.neg_mul_add(s.splat(self.rate), g, p), [])
    }
}

/// `mean + fresh (x - mean)`, a running mean. With `fresh = 1 - beta` it is `beta mean + (1 - beta) x`; written so because in
/// f32 beta and 1 - beta, rounded apart, would not sum to one, and a mean would settle some 1e-5 beside.
#[inline(always)]
pub fn mean<T: Real, S: Simd<T>>(s: S, fresh: T, mean: S::V, x: S::V) -> S::V {
    s.mul_add(s.splat(fresh), s.sub(x, mean), mean)
}

/// As [`mean`], of the square of x.
#[inline(always)]
pub fn mean_square<T: Real, S: Simd<T>>(s: S, fresh: T, mean: S::V, x: S::V) -> S::V {
    s.mul_add(s.splat(fresh), s.mul_add(x, x, s.neg(mean)), mean)
}

/// -1, 0 or 1; NaN of NaN.
#[allow(dead_code, reason = "for members that step by signs")]
#[inline(always)]
pub fn sign<T: Real, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let unit = s.copysign(s.splat(T::one()), x);
    // Zero and NaN fail the comparison and stay themselves.
    s.select_lt(s.splat(T::zero()), s.abs(x), unit, x)
}

/// Not rounded to zero, or a gradient of zero would divide zero by zero.
pub fn epsilon<T: Real>(eps: f64) -> T {
    T::of(eps).max(T::min_positive_value())
}
