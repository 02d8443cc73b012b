//! Powers whose bits are the same on every platform, which a mathematical library does not promise; the place of a maximum.

use thalweg_kernels::Real;
use thalweg_kernels::reference::{exp, log};

/// `base^exponent` by squaring.
pub fn power(base: f64, mut exponent: u64) -> f64 {
    let (mut result, mut square) = (1.0, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= square;
        }
        square *= square;
        exponent >>= 1;
    }
    result
}

/// `base^exponent` of `base > 0` for any exponent, as `exp(exponent * log(base))`: some units in the last place off for
/// moderate exponents.
pub fn real_power(base: f64, exponent: f64) -> f64 {
    exp(exponent * log(base))
}

/// Index of the first maximum; of the first NaN where there is one, as NumPy has it.
pub fn argmax<T: Real>(values: &[T]) -> usize {
    let mut best = 0;
    for (i, value) in values.iter().enumerate() {
        if values[best].is_nan() {
            break;
        }
        if value.is_nan() || *value > values[best] {
            best = i;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_agree_with_the_library() {
        for (base, exponent) in [(0.999, 1), (0.999, 1000), (0.9, 17), (0.5, 0), (0.0, 3), (0.9, u64::MAX)] {
            let expected = f64::powf(base, exponent as f64);
            let error = (power(base, exponent) - expected).abs();
            assert!(error <= 1e-13 * expected, "{base}^{exponent}: {error}");
        }
        for (base, exponent) in [(0.96, 0.004), (1.0, -0.8), (7.0, -0.8), (1e6, 0.75), (3.0, 0.25), (2.0, 0.0)] {
            let expected = f64::powf(base, exponent);
            let error = (real_power(base, exponent) - expected).abs();
            assert!(error <= 5e-15 * expected, "{base}^{exponent}: {error}");
        }
    }

    #[test]
    fn logarithms_agree_with_the_library() {
        for x in [1e-8, 0.5, 0.9, 0.9999, 1.0, 7.0] {
            assert!((log(x) - f64::ln(x)).abs() <= 1e-15 * f64::ln(x).abs(), "ln({x})");
        }
    }

    #[test]
    fn the_first_nan_is_the_maximum() {
        assert_eq!(argmax(&[0.0, f64::NAN, 2.0, f64::NAN]), 1);
        assert_eq!(argmax(&[1.0, 3.0, 3.0]), 1);
    }
}
