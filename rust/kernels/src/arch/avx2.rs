//! AVX2 and FMA: eight `f32` or four `f64` to a register.

#[allow(clippy::wildcard_imports, reason = "the intrinsics of one instruction set")]
use std::arch::x86_64::*;

use crate::arch::{Isa, transpose};
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Token of the AVX2 path: exists only where the CPU supports it.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(super) fn new() -> Option<Self> {
        Isa::Avx2.is_supported().then_some(Self(()))
    }
}

/// The first lanes of a vector, as a mask to load by and as their number to store by: a store by a mask is slow on AMD's
/// processors.
#[derive(Clone, Copy)]
pub(crate) struct First {
    mask: __m256i,
    count: usize,
}

/// Runs `kernel` in a function compiled for AVX2 and FMA.
pub(super) fn run<T: Real, K: Kernel<T>>(token: Avx2, kernel: K) -> K::Output
where
    Avx2: Simd<T>,
{
    #[target_feature(enable = "avx2,fma")]
    fn inner<T: Real, K: Kernel<T>>(token: Avx2, kernel: K) -> K::Output
    where
        Avx2: Simd<T>,
    {
        kernel.eval(token)
    }
    // SAFETY: the token exists only where the CPU supports these features.
    unsafe { inner(token, kernel) }
}

/// As [`run`], never inlined.
#[inline(never)]
fn run_apart<T: Real, K: Kernel<T>>(token: Avx2, kernel: K) -> K::Output
where
    Avx2: Simd<T>,
{
    run(token, kernel)
}

/// An intrinsic of this path, callable where a token is at hand.
macro_rules! op {
    ($call:expr) => {
        // SAFETY: an `Avx2` token exists only where the CPU supports these features.
        unsafe { $call }
    };
}

impl Simd<f32> for Avx2 {
    type V = __m256;
    type M = First;
    const LANES: usize = 8;
    // 6 x 2 accumulators, 2 vectors of B and a broadcast of A fill 15 of 16 registers; 8 x 1 hide the latency of a sum.
    const TILE_ROWS: &'static [usize] = &[8, 6];

    #[inline(always)]
    fn apart<K: Kernel<f32>>(self, kernel: K) -> K::Output {
        run_apart(self, kernel)
    }

    #[inline(always)]
    fn first(self, n: usize) -> First {
        let mask = op!(_mm256_cmpgt_epi32(_mm256_set1_epi32(n as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)));
        First { mask, count: n }
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const f32) -> __m256 {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut f32, v: __m256) {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm256_storeu_ps(to, v) }
    }
    #[inline(always)]
    unsafe fn load_first_ptr(self, from: *const f32, first: First) -> __m256 {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm256_maskload_ps(from, first.mask) }
    }
    #[inline(always)]
    unsafe fn store_first_ptr(self, mut to: *mut f32, v: __m256, first: First) {
        // SAFETY: as many elements as are counted are stored, for which the caller vouches.
        unsafe {
            if first.count == 8 {
                return _mm256_storeu_ps(to, v);
            }
            let mut rest = _mm256_castps256_ps128(v);
            if first.count & 4 != 0 {
                _mm_storeu_ps(to, rest);
                (to, rest) = (to.add(4), _mm256_extractf128_ps::<1>(v));
            }
            if first.count & 2 != 0 {
                _mm_storel_pd(to.cast(), _mm_castps_pd(rest));
                (to, rest) = (to.add(2), _mm_movehl_ps(rest, rest));
            }
            if first.count & 1 != 0 {
                _mm_store_ss(to, rest);
            }
        }
    }
    #[inline(always)]
    fn prefetch_far(self, at: *const f32) {
        op!(_mm_prefetch::<_MM_HINT_T1>(at.cast()));
    }
    #[inline(always)]
    fn prefetch(self, at: *const f32) {
        op!(_mm_prefetch::<_MM_HINT_T0>(at.cast()));
    }
    #[inline(always)]
    fn splat(self, x: f32) -> __m256 {
        op!(_mm256_set1_ps(x))
    }
    #[inline(always)]
    fn add(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_div_ps(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        op!(_mm256_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
        op!(_mm256_fnmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn sqrt(self, a: __m256) -> __m256 {
        op!(_mm256_sqrt_ps(a))
    }
    #[inline(always)]
    fn min(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_min_ps(a, b))
    }
    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        op!(_mm256_max_ps(a, b))
    }
    #[inline(always)]
    fn abs(self, a: __m256) -> __m256 {
        op!(_mm256_andnot_ps(_mm256_set1_ps(-0.0), a))
    }
    #[inline(always)]
    fn copysign(self, a: __m256, sign: __m256) -> __m256 {
        op!({
            let bit = _mm256_set1_ps(-0.0);
            _mm256_or_ps(_mm256_andnot_ps(bit, a), _mm256_and_ps(bit, sign))
        })
    }
    #[inline(always)]
    fn select_lt(self, a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
        op!(_mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_LT_OQ>(a, b)))
    }
    #[inline(always)]
    fn select_eq(self, a: __m256, b: __m256, yes: __m256, no: __m256) -> __m256 {
        op!(_mm256_blendv_ps(no, yes, _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b)))
    }
    #[inline(always)]
    fn pow2(self, n: __m256) -> __m256 {
        op!(_mm256_castsi256_ps(_mm256_slli_epi32::<23>(_mm256_add_epi32(
            _mm256_cvtps_epi32(n),
            _mm256_set1_epi32(127)
        ))))
    }
    #[inline(always)]
    fn exponent(self, a: __m256) -> __m256 {
        op!(_mm256_cvtepi32_ps(_mm256_sub_epi32(
            _mm256_srli_epi32::<23>(_mm256_castps_si256(a)),
            _mm256_set1_epi32(127)
        )))
    }
    #[inline(always)]
    fn mantissa(self, a: __m256) -> __m256 {
        op!({
            let fraction = _mm256_and_si256(_mm256_castps_si256(a), _mm256_set1_epi32(0x007f_ffff));
            _mm256_castsi256_ps(_mm256_or_si256(fraction, _mm256_set1_epi32(0x3f80_0000)))
        })
    }
    #[inline(always)]
    fn transpose(self, block: [__m256; 16]) -> [__m256; 16] {
        op!(transpose::f32x8(block))
    }
}

impl Simd<f64> for Avx2 {
    type V = __m256d;
    type M = First;
    const LANES: usize = 4;
    // 6 x 2 accumulators, 2 vectors of B and a broadcast of A fill 15 of 16 registers; 8 x 1 hide the latency of a sum.
    const TILE_ROWS: &'static [usize] = &[8, 6];

    #[inline(always)]
    fn apart<K: Kernel<f64>>(self, kernel: K) -> K::Output {
        run_apart(self, kernel)
    }

    #[inline(always)]
    fn first(self, n: usize) -> First {
        let mask = op!(_mm256_cmpgt_epi64(_mm256_set1_epi64x(n as i64), _mm256_setr_epi64x(0, 1, 2, 3)));
        First { mask, count: n }
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const f64) -> __m256d {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm256_loadu_pd(from) }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut f64, v: __m256d) {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm256_storeu_pd(to, v) }
    }
    #[inline(always)]
    unsafe fn load_first_ptr(self, from: *const f64, first: First) -> __m256d {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm256_maskload_pd(from, first.mask) }
    }
    #[inline(always)]
    unsafe fn store_first_ptr(self, to: *mut f64, v: __m256d, first: First) {
        // SAFETY: the same bytes as twice as many elements of half the size, for which the caller vouches.
        unsafe {
            let halves = First { count: 2 * first.count, ..first };
            Simd::<f32>::store_first_ptr(self, to.cast(), _mm256_castpd_ps(v), halves);
        }
    }
    #[inline(always)]
    fn prefetch_far(self, at: *const f64) {
        op!(_mm_prefetch::<_MM_HINT_T1>(at.cast()));
    }
    #[inline(always)]
    fn prefetch(self, at: *const f64) {
        op!(_mm_prefetch::<_MM_HINT_T0>(at.cast()));
    }
    #[inline(always)]
    fn splat(self, x: f64) -> __m256d {
        op!(_mm256_set1_pd(x))
    }
    #[inline(always)]
    fn add(self, a: __m256d, b: __m256d) -> __m256d {
        op!(_mm256_add_pd(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m256d, b: __m256d) -> __m256d {
        op!(_mm256_sub_pd(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m256d, b: __m256d) -> __m256d {
        op!(_mm256_mul_pd(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m256d, b: __m256d) -> __m256d {
        op!(_mm256_div_pd(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: __m256d, b: __m256d, c: __m256d) -> __m256d {
        op!(_mm256_fmadd_pd(a, b, c))
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m256d, b: __m256d, c: __m256d) -> __m256d {
        op!(_mm256_fnmadd_pd(a, b, c))
    }
    #[inline(always)]
    fn sqrt(self, a: __m256d) -> __m256d {
        op!(_mm256_sqrt_pd(a))
    }
    #[inline(always)]
    fn min(self, a: __m256d, b: __m256d) -> __m256d {
        op!(_mm256_min_pd(a, b))
    }
    #[inline(always)]
    fn max(self, a: __m256d, b: __m256d) -> __m256d {
        op!(_mm256_max_pd(a, b))
    }
    #[inline(always)]
    fn abs(self, a: __m256d) -> __m256d {
        op!(_mm256_andnot_pd(_mm256_set1_pd(-0.0), a))
    }
    #[inline(always)]
    fn copysign(self, a: __m256d, sign: __m256d) -> __m256d {
        op!({
            let bit = _mm256_set1_pd(-0.0);
            _mm256_or_pd(_mm256_andnot_pd(bit, a), _mm256_and_pd(bit, sign))
        })
    }
    #[inline(always)]
    fn select_lt(self, a: __m256d, b: __m256d, yes: __m256d, no: __m256d) -> __m256d {
        op!(_mm256_blendv_pd(no, yes, _mm256_cmp_pd::<_CMP_LT_OQ>(a, b)))
    }
    #[inline(always)]
    fn select_eq(self, a: __m256d, b: __m256d, yes: __m256d, no: __m256d) -> __m256d {
        op!(_mm256_blendv_pd(no, yes, _mm256_cmp_pd::<_CMP_EQ_OQ>(a, b)))
    }
    #[inline(always)]
    fn pow2(self, n: __m256d) -> __m256d {
        // AVX2 has no conversion to 64-bit integers: n + 1023 + 2^52 holds the biased exponent in its lowest bits.
        op!({
            let biased = _mm256_add_pd(n, _mm256_set1_pd(1023.0 + 4_503_599_627_370_496.0));
            _mm256_castsi256_pd(_mm256_slli_epi64::<52>(_mm256_castpd_si256(biased)))
        })
    }
    #[inline(always)]
    fn exponent(self, a: __m256d) -> __m256d {
        // The biased exponent put into the lowest bits of 2^52, and 2^52 + 1023 taken off: both exact.
        op!({
            let biased = _mm256_srli_epi64::<52>(_mm256_castpd_si256(a));
            let on_2_52 = _mm256_or_si256(biased, _mm256_set1_epi64x(0x4330_0000_0000_0000));
            _mm256_sub_pd(_mm256_castsi256_pd(on_2_52), _mm256_set1_pd(1023.0 + 4_503_599_627_370_496.0))
        })
    }
    #[inline(always)]
    fn mantissa(self, a: __m256d) -> __m256d {
        op!({
            let fraction = _mm256_and_si256(_mm256_castpd_si256(a), _mm256_set1_epi64x(0x000f_ffff_ffff_ffff));
            _mm256_castsi256_pd(_mm256_or_si256(fraction, _mm256_set1_epi64x(0x3ff0_0000_0000_0000)))
        })
    }
    #[inline(always)]
    fn transpose(self, block: [__m256d; 16]) -> [__m256d; 16] {
        op!(transpose::f64x4(block))
    }
}
