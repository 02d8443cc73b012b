//! Products of bf16 operands: what is rounded where, one operation at a time.

use super::products::finish;
use crate::gemm::Epilogue;
use crate::matrix::{MatMut, MatRef};

/// Numbers of k that are summed before they are added to what came before.
pub const BLOCK: usize = 32;

/// Rounds to the nearest bf16 (8 bits of mantissa), ties to even, and widens again. Subnormal numbers become zero of their
/// sign, NaN stays NaN.
#[must_use]
pub fn bf16(x: f32) -> f32 {
    if x.is_nan() {
        return x;
    }
    if x.is_subnormal() {
        return 0.0_f32.copysign(x);
    }
    let bits = x.to_bits();
    let even = (bits >> 16) & 1;
    f32::from_bits((bits + 0x7fff + even) & 0xffff_0000)
}

/// As [`crate::bf16::gemm`]: blocks of 32 k, of which the first 16 and the last 16 are a chain of fused multiply-adds each.
pub fn bf16_gemm(a: MatRef<'_, f32>, b: MatRef<'_, f32>, mut c: MatMut<'_, f32>, epilogue: Epilogue<'_, f32>) {
    for i in 0..c.rows() {
        for j in 0..c.cols() {
            let mut sum = 0.0;
            for block in (0..a.cols()).step_by(BLOCK) {
                // Beyond the end stand zeros.
                let factors = |k: usize| if k < a.cols() { (bf16(a.at(i, k)), bf16(b.at(k, j))) } else { (0.0, 0.0) };
                let chain = |first: usize| {
                    (first..first + BLOCK / 2).map(factors).fold(0.0, |sum, (a, b)| mul_add_flushed(a, b, sum))
                };
                sum = flushed(sum + flushed(chain(block) + chain(block + BLOCK / 2)));
            }
            c.row(i)[j] = finish(&epilogue, i, j, sum);
        }
    }
}

/// `a b + c`, rounded once; zero of its sign where it is below the normal numbers after rounding to 24 bits.
#[must_use]
pub fn mul_add_flushed(a: f32, b: f32, c: f32) -> f32 {
    // From half a unit below the least normal number on, 24 bits round up to it. Products of two bf16 are exact in double
    // precision, and sums are wherever they are that small.
    const LEAST: f64 = f32::MIN_POSITIVE as f64 * (1.0 - f32::EPSILON as f64 / 4.0);
    let exact = f64::from(a) * f64::from(b) + f64::from(c);
    if exact != 0.0 && exact.abs() < LEAST {
        return 0.0_f32.copysign(if exact < 0.0 { -1.0 } else { 1.0 });
    }
    a.mul_add(b, c)
}

/// Zero of its sign instead of a subnormal number.
pub(crate) fn flushed(x: f32) -> f32 {
    if x.is_subnormal() { 0.0_f32.copysign(x) } else { x }
}
