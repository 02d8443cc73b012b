//! The portable path: fixed-size arrays of lanes with `mul_add`. FMA and NEON are baseline on aarch64, so the compiler
//! vectorises it there; on x86-64 without FMA `mul_add` is a library call, slow but of the same bits.

use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Token of the portable path.
#[derive(Clone, Copy)]
pub(crate) struct Portable(());

impl Portable {
    pub(super) fn new() -> Self {
        Self(())
    }
}

/// Runs `kernel` in a function of its own.
#[inline(never)]
fn run_apart<T: Bits, K: Kernel<T>>(token: Portable, kernel: K) -> K::Output {
    kernel.eval(token)
}

/// Lanes of a portable vector: two to four NEON registers. On x86-64, where this is a fallback whose `mul_add` may be a call,
/// more lanes would be more code and no faster.
const LANES: usize = if cfg!(target_arch = "x86_64") { 4 } else { 8 };

/// The bit operations that differ between the two element types.
pub(crate) trait Bits: Real {
    fn pow2(n: Self) -> Self;
    fn exponent(a: Self) -> Self;
    fn mantissa(a: Self) -> Self;
}

impl Bits for f32 {
    #[inline(always)]
    fn pow2(n: Self) -> Self {
        Self::from_bits(((n as i32 + Self::EXPONENT_BIAS) as u32) << Self::MANTISSA_BITS)
    }
    #[inline(always)]
    fn exponent(a: Self) -> Self {
        ((a.to_bits() >> Self::MANTISSA_BITS) as i32 - Self::EXPONENT_BIAS) as Self
    }
    #[inline(always)]
    fn mantissa(a: Self) -> Self {
        Self::from_bits((a.to_bits() & 0x007f_ffff) | 0x3f80_0000)
    }
}

impl Bits for f64 {
    #[inline(always)]
    fn pow2(n: Self) -> Self {
        Self::from_bits(((n as i64 + i64::from(Self::EXPONENT_BIAS)) as u64) << Self::MANTISSA_BITS)
    }
    #[inline(always)]
    fn exponent(a: Self) -> Self {
        ((a.to_bits() >> Self::MANTISSA_BITS) as i64 - i64::from(Self::EXPONENT_BIAS)) as Self
    }
    #[inline(always)]
    fn mantissa(a: Self) -> Self {
        Self::from_bits((a.to_bits() & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000)
    }
}

#[inline(always)]
fn map<T: Real>(a: [T; LANES], f: impl Fn(T) -> T) -> [T; LANES] {
    std::array::from_fn(|i| f(a[i]))
}

#[inline(always)]
fn zip<T: Real>(a: [T; LANES], b: [T; LANES], f: impl Fn(T, T) -> T) -> [T; LANES] {
    std::array::from_fn(|i| f(a[i], b[i]))
}

#[allow(clippy::float_cmp, reason = "equality is what the operation is defined by")]
impl<T: Bits> Simd<T> for Portable {
    type V = [T; LANES];
    type M = usize;
    const LANES: usize = LANES;
    // On aarch64 4 x 2 accumulators fill half of the 32 registers. On x86-64 this path is a fallback in which every
    // `mul_add` may be a call: a large tile would be a lot of code and no faster.
    const TILE_ROWS: &'static [usize] = if cfg!(target_arch = "x86_64") { &[2] } else { &[4, 4] };

    #[inline(always)]
    fn apart<K: Kernel<T>>(self, kernel: K) -> K::Output {
        run_apart(self, kernel)
    }
    #[inline(always)]
    fn first(self, n: usize) -> usize {
        n
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const T) -> Self::V {
        // SAFETY: the caller vouches for LANES elements; the array is read unaligned.
        unsafe { from.cast::<[T; LANES]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut T, v: Self::V) {
        // SAFETY: the caller vouches for LANES elements; the array is written unaligned.
        unsafe { to.cast::<[T; LANES]>().write_unaligned(v) }
    }
    #[inline(always)]
    unsafe fn load_first_ptr(self, from: *const T, n: usize) -> Self::V {
        let mut v = [T::zero(); LANES];
        // SAFETY: the caller vouches for n elements, and n <= LANES.
        unsafe { std::ptr::copy_nonoverlapping(from, v.as_mut_ptr(), n) };
        v
    }
    #[inline(always)]
    unsafe fn store_first_ptr(self, to: *mut T, v: Self::V, n: usize) {
        // SAFETY: the caller vouches for n elements, and n <= LANES.
        unsafe { std::ptr::copy_nonoverlapping(v.as_ptr(), to, n) };
    }
    #[inline(always)]
    fn splat(self, x: T) -> Self::V {
        [x; LANES]
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |x, y| x + y)
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |x, y| x - y)
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |x, y| x * y)
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |x, y| x / y)
    }
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        std::array::from_fn(|i| a[i].mul_add(b[i], c[i]))
    }
    #[inline(always)]
    fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        std::array::from_fn(|i| (-a[i]).mul_add(b[i], c[i]))
    }
    #[inline(always)]
    fn sqrt(self, a: Self::V) -> Self::V {
        map(a, T::sqrt)
    }
    #[inline(always)]
    fn min(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |x, y| if x < y { x } else { y })
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        zip(a, b, |x, y| if x > y { x } else { y })
    }
    #[inline(always)]
    fn abs(self, a: Self::V) -> Self::V {
        map(a, T::abs)
    }
    #[inline(always)]
    fn copysign(self, a: Self::V, sign: Self::V) -> Self::V {
        zip(a, sign, T::copysign)
    }
    #[inline(always)]
    fn select_lt(self, a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V {
        std::array::from_fn(|i| if a[i] < b[i] { yes[i] } else { no[i] })
    }
    #[inline(always)]
    fn select_eq(self, a: Self::V, b: Self::V, yes: Self::V, no: Self::V) -> Self::V {
        std::array::from_fn(|i| if a[i] == b[i] { yes[i] } else { no[i] })
    }
    #[inline(always)]
    fn pow2(self, n: Self::V) -> Self::V {
        map(n, T::pow2)
    }
    #[inline(always)]
    fn exponent(self, a: Self::V) -> Self::V {
        map(a, T::exponent)
    }
    #[inline(always)]
    fn mantissa(self, a: Self::V) -> Self::V {
        map(a, T::mantissa)
    }
    #[inline(always)]
    fn transpose(self, block: [[T; LANES]; 16]) -> [[T; LANES]; 16] {
        let mut columns = block;
        for (i, row) in block.iter().take(LANES).enumerate() {
            for (column, x) in columns.iter_mut().zip(row) {
                column[i] = *x;
            }
        }
        columns
    }
}
