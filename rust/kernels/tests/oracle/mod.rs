//! Functions to about 100 bits, in double-double arithmetic, and the distance of a result from them in ULP.
//!
//! A number is the unevaluated sum of two doubles. The algorithms are those of T. J. Dekker, "A floating-point technique
//! for extending the available precision", Numerische Mathematik 18, 1971, with products split by fused multiply-add.

use std::ops::{Add, Div, Mul, Neg, Sub};

use thalweg_kernels::Real;

#[derive(Clone, Copy, Debug)]
pub struct Dd {
    hi: f64,
    lo: f64,
}

/// A number `value * 2^exponent`.
#[derive(Clone, Copy, Debug)]
pub struct Scaled {
    value: Dd,
    exponent: i32,
}

/// ln 2
const LN2: Dd = Dd { hi: std::f64::consts::LN_2, lo: 2.319_046_813_846_299_6e-17 };

/// Terms of the exponential series: 0.35^28 / 28! is below 2^-140.
const TERMS: u32 = 28;

impl Dd {
    pub fn new(x: f64) -> Self {
        Self { hi: x, lo: 0.0 }
    }

    /// The exact sum of two doubles.
    fn sum(a: f64, b: f64) -> Self {
        let hi = a + b;
        let b_part = hi - a;
        Self { hi, lo: (a - (hi - b_part)) + (b - b_part) }
    }
}

impl Add for Dd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.hi, other.hi), Self::sum(self.lo, other.lo));
        let first = Self::sum(high.hi, high.lo + low.hi);
        Self::sum(first.hi, first.lo + low.lo)
    }
}

impl Neg for Dd {
    type Output = Self;
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }
}

impl Sub for Dd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Dd {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = self.hi * other.hi;
        let error = self.hi.mul_add(other.hi, -product);
        Self::sum(product, error + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for Dd {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = Self::new(self.hi / other.hi);
        let rest = self - first * other;
        let second = Self::new(rest.hi / other.hi);
        let rest = rest - second * other;
        first + second + Self::new(rest.hi / other.hi)
    }
}

/// exp(x)
pub fn exp(x: Dd) -> Scaled {
    let n = (x.hi / std::f64::consts::LN_2).round();
    let r = x - Dd::new(n) * LN2;
    let one = Dd::new(1.0);
    let value = (1..=TERMS).rev().fold(one, |sum, k| one + r * sum / Dd::new(f64::from(k)));
    Scaled { value, exponent: n as i32 }
}

/// ln(x) for positive x
pub fn log(x: f64) -> Scaled {
    // A power of two out of the way of overflow, then one Newton step from the double's logarithm.
    let exponent = if x < 1e-200 { -600 } else { 0 };
    let m = x * 2_f64.powi(-exponent / 2) * 2_f64.powi(-exponent / 2);
    let guess = Dd::new(m.ln());
    let inverse = exp(-guess);
    let ratio = Dd::new(m) * inverse.plain();
    let e = ratio - Dd::new(1.0);
    let value = guess + (e - e * e * Dd::new(0.5)) + Dd::new(f64::from(exponent)) * LN2;
    Scaled { value, exponent: 0 }
}

/// tanh(x)
pub fn tanh(x: f64) -> Scaled {
    let magnitude = Dd::new(x.abs());
    let value = if x.abs() < 1e-9 {
        magnitude - magnitude * magnitude * magnitude / Dd::new(3.0)
    } else {
        let e = exp(magnitude * Dd::new(-2.0)).plain();
        (Dd::new(1.0) - e) / (Dd::new(1.0) + e)
    };
    Scaled { value: if x < 0.0 { -value } else { value }, exponent: 0 }
}

/// 1 / (1 + exp(-x))
pub fn sigmoid(x: f64) -> Scaled {
    let e = exp(Dd::new(-x.abs()));
    let below = Dd::new(1.0) + e.plain();
    if x < 0.0 {
        Scaled { value: e.value / below, exponent: e.exponent }
    } else {
        Scaled { value: Dd::new(1.0) / below, exponent: 0 }
    }
}

impl Scaled {
    /// The number itself, where that is within the range of doubles; to nothing where it is below.
    fn plain(self) -> Dd {
        let scale = |x: f64| x * 2_f64.powi(self.exponent / 2) * 2_f64.powi(self.exponent - self.exponent / 2);
        Dd { hi: scale(self.value.hi), lo: scale(self.value.lo) }
    }

    /// The distance of `got` in units of the last place that `T` has at this number; 0 for infinity where `T`
    /// overflows.
    pub fn ulps_to<T: Real>(self, got: T) -> f64 {
        let bias = T::EXPONENT_BIAS;
        let lead = self.value.hi.abs().log2().floor() as i32;
        if got.is_infinite() {
            return if self.exponent + lead > bias || self.rounds_up_to_overflow::<T>() { 0.0 } else { f64::INFINITY };
        }
        // Scaling up by 2^-exponent is exact, subnormal or not.
        let half = -self.exponent / 2;
        let scaled = got.wide() * 2_f64.powi(half) * 2_f64.powi(-self.exponent - half);
        let mantissa_bits = T::MANTISSA_BITS as i32;
        let unit = (lead - mantissa_bits).max(1 - bias - mantissa_bits - self.exponent);
        ((scaled - self.value.hi) - self.value.lo).abs() / 2_f64.powi(unit)
    }

    fn rounds_up_to_overflow<T: Real>(self) -> bool {
        let largest = T::max_value().wide() * 2_f64.powi(-self.exponent);
        self.value.hi > largest
    }
}
