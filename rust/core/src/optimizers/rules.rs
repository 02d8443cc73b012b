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

/// `sqrt(square) + eps`, or `sqrt(square + eps)`.
#[inline(always)]
pub fn root<T: Real, S: Simd<T>>(s: S, square: S::V, eps: T, eps_in_sqrt: bool) -> S::V {
    let eps = s.splat(eps);
    if eps_in_sqrt { s.sqrt(s.add(square, eps)) } else { s.add(s.sqrt(square), eps) }
}

/// The cube root of `x >= 0`, to some units in the last place; 0 of anything smaller than the normal numbers, NaN of NaN.
#[inline(always)]
pub fn cube_root<T: Real, S: Simd<T>>(s: S, x: S::V) -> S::V {
    let (least, two) = (s.splat(T::min_positive_value()), s.splat(T::of(2.0)));
    // `max` returns its second operand where one is NaN. x = a 2^(3k), a in [1/2, 4).
    let normal = s.max(least, x);
    let k = s.round_small(s.mul(s.exponent(normal), s.splat(T::of(1.0 / 3.0))));
    let (up, down) = (s.pow2(k), s.pow2(s.neg(k)));
    let a = s.mul(s.mul(s.mul(normal, down), down), down);
    // A line that is at most 15 % off; Halley's method cubes that in each step.
    let mut root = s.mul_add(s.splat(T::of(0.27)), a, s.splat(T::of(0.73)));
    for _ in 0..if T::MANTISSA_BITS > 23 { 3 } else { 2 } {
        let cube = s.mul(s.mul(root, root), root);
        let (above, below) = (s.mul_add(two, a, cube), s.mul_add(two, cube, a));
        root = s.mul(root, s.div(above, below));
    }
    let zero = s.splat(T::zero());
    s.select_lt(x, least, zero, s.mul(root, up))
}

/// Writes the gradient that enters a rule into a buffer.
pub struct Take<T>(pub Incoming<T>);

impl<T: Real> Rule<T, 1> for Take<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _buffer: [S::V; 1]) -> (S::V, [S::V; 1]) {
        (p, [self.0.apply(s, p, g)])
    }
}

/// Shrinks the parameters and moves them against a buffer: `p - shrink p - rate direction`.
pub struct Move<T> {
    pub shrink: T,
    pub rate: T,
}

impl<T: Real> Rule<T, 1> for Move<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, _g: S::V, [direction]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let p = s.neg_mul_add(s.splat(self.shrink), p, p);
        (s.neg_mul_add(s.splat(self.rate), direction, p), [direction])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use thalweg_kernels::Isa;
    use thalweg_kernels::simd::Kernel;

    struct Roots<T> {
        x: T,
    }

    impl<T: Real> Kernel<T> for Roots<T> {
        type Output = T;

        #[inline(always)]
        fn eval<S: Simd<T>>(self, s: S) -> T {
            let mut lanes = [T::zero(); 16];
            s.store(&mut lanes, cube_root(s, s.splat(self.x)));
            lanes[0]
        }
    }

    fn of<T: Real>(x: T) -> T {
        T::dispatch(Isa::Scalar, Roots { x })
    }

    #[test]
    fn cube_roots_agree_with_the_library() {
        let mut exact = f64::MIN_POSITIVE;
        while exact < f64::MAX / 2.0 {
            let root = of(exact);
            assert!((root - exact.cbrt()).abs() <= 4.0 * f64::EPSILON * root, "{exact}");
            let single = exact as f32;
            if single.is_normal() {
                let root = of(single);
                assert!((root - single.cbrt()).abs() <= 4.0 * f32::EPSILON * root, "{single}");
            }
            exact *= 1.37;
        }
        assert_eq!((of(0.0), of(1e-310), of(27.0)), (0.0, 0.0, 3.0));
        assert!(of(f32::NAN).is_nan());
    }
}
