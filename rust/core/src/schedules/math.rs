//! Powers, cosines and ways from one value to another: functions whose bits are the same on every platform, which a
//! mathematical library does not promise.

use std::f64::consts::PI;

use crate::hyper::choice;
use crate::math;

choice! {
    /// How a value changes into another.
    pub enum Anneal {
        /// Along half a wave of the cosine.
        Cos = "cos",
        /// Along a straight line.
        Linear = "linear",
    }
}

impl Anneal {
    /// The value at `fraction` of the way from `start` to `end`.
    pub(super) fn between(self, start: f64, end: f64, fraction: f64) -> f64 {
        match self {
            Self::Cos => end + (start - end) / 2.0 * (cos_pi(fraction) + 1.0),
            Self::Linear => (end - start) * fraction + start,
        }
    }
}

/// Whole exponents up to which squaring, whose rounding errors grow with the exponent, beats exp and log.
const LARGEST_SQUARED: f64 = 64.0;

/// `base^exponent` for `base >= 0`, to about 1e-15 of itself times the logarithm of the result.
pub(super) fn power(base: f64, exponent: f64) -> f64 {
    if exponent < 0.0 {
        return 1.0 / power(base, -exponent);
    }
    if exponent == 0.5 {
        return base.sqrt();
    }
    if exponent <= LARGEST_SQUARED && exponent.fract() == 0.0 {
        return math::power(base, exponent as u64);
    }
    if base == 0.0 || base == 1.0 { base } else { math::real_power(base, exponent) }
}

/// `(1 + cos(pi x)) / 2`: from 1 at 0 down to 0 at 1, and up again to 1 at 2.
pub(super) fn half_wave(x: f64) -> f64 {
    (1.0 + cos_pi(x)) / 2.0
}

/// `cos(pi x)`; exact at the multiples of a half.
pub(super) fn cos_pi(x: f64) -> f64 {
    // Every step up to the polynomial is exact: remainders, and differences of close numbers.
    let x = x.abs() % 2.0;
    let x = if x > 1.0 { 2.0 - x } else { x };
    let (x, sign) = if x > 0.5 { (1.0 - x, -1.0) } else { (x, 1.0) };
    if x <= 0.25 {
        sign * series(&COSINE, PI * x)
    } else {
        let y = PI * (0.5 - x);
        sign * (y * series(&SINE, y))
    }
}

/// Taylor coefficients in the square of the angle, which is below pi/4: what follows them is below 1e-17.
const COSINE: [f64; 9] = [
    1.0,
    -1.0 / 2.0,
    1.0 / 24.0,
    -1.0 / 720.0,
    1.0 / 40_320.0,
    -1.0 / 3_628_800.0,
    1.0 / 479_001_600.0,
    -1.0 / 87_178_291_200.0,
    1.0 / 20_922_789_888_000.0,
];

/// Those of `sin(y) / y`.
const SINE: [f64; 9] = [
    1.0,
    -1.0 / 6.0,
    1.0 / 120.0,
    -1.0 / 5_040.0,
    1.0 / 362_880.0,
    -1.0 / 39_916_800.0,
    1.0 / 6_227_020_800.0,
    -1.0 / 1_307_674_368_000.0,
    1.0 / 355_687_428_096_000.0,
];

fn series(coefficients: &[f64], angle: f64) -> f64 {
    let square = angle * angle;
    coefficients.iter().rev().fold(0.0, |sum, coefficient| square.mul_add(sum, *coefficient))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_agree_with_the_library() {
        for i in -4000..4000 {
            let x = f64::from(i) / 777.0;
            let error = (cos_pi(x) - (PI * x).cos()).abs();
            assert!(error < 3e-15, "cos(pi {x}): {error:e}");
        }
        assert_eq!([0.0, 0.5, 1.0, 1.5, 2.0, -1.0, 1e9].map(cos_pi), [1.0, 0.0, -1.0, 0.0, 1.0, -1.0, 1.0]);
    }

    #[test]
    fn powers_agree_with_the_library() {
        for base in [0.0, 1e-3, 0.5, 0.87, 0.999, 1.0, 1.001, 3.0] {
            for exponent in [0.0, 0.25, 0.5, 1.0, 2.0, 3.7, 17.0, 64.0, 65.0, 200.0, -0.5, -3.0] {
                let (actual, expected) = (power(base, exponent), base.powf(exponent));
                let tolerance = 3e-16 * (16.0 + expected.max(1e-300).ln().abs());
                let close = actual == expected || (actual - expected).abs() <= tolerance * expected.abs();
                assert!(close, "{base}^{exponent}: {actual:e}, expected {expected:e}");
            }
        }
        assert!((power(0.999_99, 1e6) / 0.999_99_f64.powf(1e6) - 1.0).abs() < 1e-14);
    }

    #[test]
    fn both_ways_end_where_they_should() {
        for anneal in [Anneal::Cos, Anneal::Linear] {
            assert_eq!(anneal.between(2.0, 3.0, 0.0), 2.0);
            assert_eq!(anneal.between(2.0, 3.0, 0.5), 2.5);
            assert_eq!(anneal.between(2.0, 3.0, 1.0), 3.0);
        }
    }
}
