//! The rules of hyper-parameters that members share, and powers whose bits are the same everywhere.

use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::vecmath::{exp_v, log_v};
use thalweg_kernels::{Isa, Real};

use crate::error::{Error, Result, require};

pub fn require_positive(name: &str, value: f64) -> Result<()> {
    require(value > 0.0 && value.is_finite(), name, "> 0 and finite", value)
}

pub fn require_not_negative(name: &str, value: f64) -> Result<()> {
    require(value >= 0.0 && value.is_finite(), name, ">= 0 and finite", value)
}

pub fn require_decay(name: &str, value: f64) -> Result<()> {
    require((0.0..1.0).contains(&value), name, "in [0, 1)", value)
}

/// The rules of both `betas`.
pub fn require_betas(betas: (f64, f64)) -> Result<()> {
    require_decay("betas[0]", betas.0)?;
    require_decay("betas[1]", betas.1)
}

/// An error of the optimizer within another, at field `field`.
pub fn within(field: &str, result: Result<()>) -> Result<()> {
    result.map_err(|error| match error {
        Error::Invalid { parameter, rule, value } => {
            Error::Invalid { parameter: format!("{field}.{parameter}"), rule, value }
        }
        other => other,
    })
}

/// `base^exponent` by squaring: the same bits on every platform, which a mathematical library does not promise.
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

/// `base^exponent` of `base > 0` for any exponent, as `exp(exponent * log(base))` by our own `exp` and `log`: the same bits
/// on every platform. Some units in the last place off for moderate exponents.
pub fn real_power(base: f64, exponent: f64) -> f64 {
    f64::dispatch(Isa::Scalar, Power { base, exponent })
}

struct Power {
    base: f64,
    exponent: f64,
}

impl Kernel<f64> for Power {
    type Output = f64;

    #[inline(always)]
    fn eval<S: Simd<f64>>(self, s: S) -> f64 {
        let logarithm = log_v(s, s.splat(self.base));
        let result = exp_v(s, s.mul(s.splat(self.exponent), logarithm));
        let mut lanes = [0.0; 16];
        s.store(&mut lanes, result);
        lanes[0]
    }
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
}
