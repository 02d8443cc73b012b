//! AVX-512 (F, BW, DQ, VL): sixteen `f32` or eight `f64` to a register, masked edges.

#[allow(clippy::wildcard_imports, reason = "the intrinsics of one instruction set")]
use std::arch::x86_64::*;

use crate::arch::{Isa, transpose};
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Token of the AVX-512 path: exists only where the CPU supports it.
#[derive(Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(super) fn new() -> Option<Self> {
        Isa::Avx512.is_supported().then_some(Self(()))
    }
}

/// Runs `kernel` in a function compiled for AVX-512.
pub(super) fn run<T: Real, K: Kernel<T>>(token: Avx512, kernel: K) -> K::Output
where
    Avx512: Simd<T>,
{
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn inner<T: Real, K: Kernel<T>>(token: Avx512, kernel: K) -> K::Output
    where
        Avx512: Simd<T>,
    {
        kernel.eval(token)
    }
    // SAFETY: the token exists only where the CPU supports these features.
    unsafe { inner(token, kernel) }
}

/// As [`run`], never inlined.
#[inline(never)]
fn run_apart<T: Real, K: Kernel<T>>(token: Avx512, kernel: K) -> K::Output
where
    Avx512: Simd<T>,
{
    run(token, kernel)
}

/// An intrinsic of this path, callable where a token is at hand.
macro_rules! op {
    ($call:expr) => {
        // SAFETY: an `Avx512` token exists only where the CPU supports these features.
        unsafe { $call }
    };
}

impl Simd<f32> for Avx512 {
    type V = __m512;
    type M = __mmask16;
    const LANES: usize = 16;
    // 8 x 3 or 6 x 4 accumulators, the vectors of B and a broadcast of A fill 28 or 29 of 32 registers.
    const TILE_ROWS: &'static [usize] = &[8, 8, 8, 6];

    #[inline(always)]
    fn apart<K: Kernel<f32>>(self, kernel: K) -> K::Output {
        run_apart(self, kernel)
    }

    #[inline(always)]
    fn first(self, n: usize) -> __mmask16 {
        debug_assert!(n <= 16);
        ((1_u32 << n) - 1) as u16
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const f32) -> __m512 {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut f32, v: __m512) {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm512_storeu_ps(to, v) }
    }
    #[inline(always)]
    unsafe fn load_few_ptr(self, from: *const f32, n: usize) -> __m512 {
        let mask = <Self as Simd<f32>>::first(self, n);
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe {
            match n {
                0..=4 => _mm512_zextps128_ps512(_mm_maskz_loadu_ps(mask as __mmask8, from)),
                5..=8 => _mm512_zextps256_ps512(_mm256_maskz_loadu_ps(mask as __mmask8, from)),
                _ => _mm512_maskz_loadu_ps(mask, from),
            }
        }
    }
    #[inline(always)]
    unsafe fn load_first_ptr(self, from: *const f32, mask: __mmask16) -> __m512 {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm512_maskz_loadu_ps(mask, from) }
    }
    #[inline(always)]
    unsafe fn store_first_ptr(self, to: *mut f32, v: __m512, mask: __mmask16) {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm512_mask_storeu_ps(to, mask, v) }
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
    fn splat(self, x: f32) -> __m512 {
        op!(_mm512_set1_ps(x))
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_div_ps(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        op!(_mm512_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        op!(_mm512_fnmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn sqrt(self, a: __m512) -> __m512 {
        op!(_mm512_sqrt_ps(a))
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_min_ps(a, b))
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        op!(_mm512_max_ps(a, b))
    }
    #[inline(always)]
    fn abs(self, a: __m512) -> __m512 {
        op!(_mm512_abs_ps(a))
    }
    #[inline(always)]
    fn copysign(self, a: __m512, sign: __m512) -> __m512 {
        // 0xCA picks, bit by bit, from `a` where the first operand is set and from `sign` elsewhere.
        op!(_mm512_castsi512_ps(_mm512_ternarylogic_epi32::<0xCA>(
            _mm512_set1_epi32(0x7fff_ffff),
            _mm512_castps_si512(a),
            _mm512_castps_si512(sign),
        )))
    }
    #[inline(always)]
    fn select_lt(self, a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
        op!(_mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(a, b), no, yes))
    }
    #[inline(always)]
    fn select_eq(self, a: __m512, b: __m512, yes: __m512, no: __m512) -> __m512 {
        op!(_mm512_mask_blend_ps(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b), no, yes))
    }
    #[inline(always)]
    fn pow2(self, n: __m512) -> __m512 {
        op!(_mm512_castsi512_ps(_mm512_slli_epi32::<23>(_mm512_add_epi32(
            _mm512_cvtps_epi32(n),
            _mm512_set1_epi32(127)
        ))))
    }
    #[inline(always)]
    fn exponent(self, a: __m512) -> __m512 {
        op!(_mm512_cvtepi32_ps(_mm512_sub_epi32(
            _mm512_srli_epi32::<23>(_mm512_castps_si512(a)),
            _mm512_set1_epi32(127)
        )))
    }
    #[inline(always)]
    fn mantissa(self, a: __m512) -> __m512 {
        op!({
            let fraction = _mm512_and_si512(_mm512_castps_si512(a), _mm512_set1_epi32(0x007f_ffff));
            _mm512_castsi512_ps(_mm512_or_si512(fraction, _mm512_set1_epi32(0x3f80_0000)))
        })
    }
    #[inline(always)]
    fn transpose(self, block: [__m512; 16]) -> [__m512; 16] {
        op!(transpose::f32x16(block))
    }
}

impl Simd<f64> for Avx512 {
    type V = __m512d;
    type M = __mmask8;
    const LANES: usize = 8;
    // 8 x 3 or 6 x 4 accumulators, the vectors of B and a broadcast of A fill 28 or 29 of 32 registers.
    const TILE_ROWS: &'static [usize] = &[8, 8, 8, 6];

    #[inline(always)]
    fn apart<K: Kernel<f64>>(self, kernel: K) -> K::Output {
        run_apart(self, kernel)
    }

    #[inline(always)]
    fn first(self, n: usize) -> __mmask8 {
        debug_assert!(n <= 8);
        ((1_u32 << n) - 1) as u8
    }
    #[inline(always)]
    unsafe fn load_ptr(self, from: *const f64) -> __m512d {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm512_loadu_pd(from) }
    }
    #[inline(always)]
    unsafe fn store_ptr(self, to: *mut f64, v: __m512d) {
        // SAFETY: the caller vouches for the memory, the token for the instruction.
        unsafe { _mm512_storeu_pd(to, v) }
    }
    #[inline(always)]
    unsafe fn load_few_ptr(self, from: *const f64, n: usize) -> __m512d {
        let mask = <Self as Simd<f64>>::first(self, n);
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe {
            match n {
                0..=2 => _mm512_zextpd128_pd512(_mm_maskz_loadu_pd(mask, from)),
                3..=4 => _mm512_zextpd256_pd512(_mm256_maskz_loadu_pd(mask, from)),
                _ => _mm512_maskz_loadu_pd(mask, from),
            }
        }
    }
    #[inline(always)]
    unsafe fn load_first_ptr(self, from: *const f64, mask: __mmask8) -> __m512d {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm512_maskz_loadu_pd(mask, from) }
    }
    #[inline(always)]
    unsafe fn store_first_ptr(self, to: *mut f64, v: __m512d, mask: __mmask8) {
        // SAFETY: masked lanes are not touched; the caller vouches for the others.
        unsafe { _mm512_mask_storeu_pd(to, mask, v) }
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
    fn splat(self, x: f64) -> __m512d {
        op!(_mm512_set1_pd(x))
    }
    #[inline(always)]
    fn add(self, a: __m512d, b: __m512d) -> __m512d {
        op!(_mm512_add_pd(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m512d, b: __m512d) -> __m512d {
        op!(_mm512_sub_pd(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m512d, b: __m512d) -> __m512d {
        op!(_mm512_mul_pd(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m512d, b: __m512d) -> __m512d {
        op!(_mm512_div_pd(a, b))
    }
    #[inline(always)]
    fn mul_add(self, a: __m512d, b: __m512d, c: __m512d) -> __m512d {
        op!(_mm512_fmadd_pd(a, b, c))
    }
    #[inline(always)]
    fn neg_mul_add(self, a: __m512d, b: __m512d, c: __m512d) -> __m512d {
        op!(_mm512_fnmadd_pd(a, b, c))
    }
    #[inline(always)]
    fn sqrt(self, a: __m512d) -> __m512d {
        op!(_mm512_sqrt_pd(a))
    }
    #[inline(always)]
    fn min(self, a: __m512d, b: __m512d) -> __m512d {
        op!(_mm512_min_pd(a, b))
    }
    #[inline(always)]
    fn max(self, a: __m512d, b: __m512d) -> __m512d {
        op!(_mm512_max_pd(a, b))
    }
    #[inline(always)]
    fn abs(self, a: __m512d) -> __m512d {
        op!(_mm512_abs_pd(a))
    }
    #[inline(always)]
    fn copysign(self, a: __m512d, sign: __m512d) -> __m512d {
        // 0xCA picks, bit by bit, from `a` where the first operand is set and from `sign` elsewhere.
        op!(_mm512_castsi512_pd(_mm512_ternarylogic_epi64::<0xCA>(
            _mm512_set1_epi64(0x7fff_ffff_ffff_ffff),
            _mm512_castpd_si512(a),
            _mm512_castpd_si512(sign),
        )))
    }
    #[inline(always)]
    fn select_lt(self, a: __m512d, b: __m512d, yes: __m512d, no: __m512d) -> __m512d {
        op!(_mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_LT_OQ>(a, b), no, yes))
    }
    #[inline(always)]
    fn select_eq(self, a: __m512d, b: __m512d, yes: __m512d, no: __m512d) -> __m512d {
        op!(_mm512_mask_blend_pd(_mm512_cmp_pd_mask::<_CMP_EQ_OQ>(a, b), no, yes))
    }
    #[inline(always)]
    fn pow2(self, n: __m512d) -> __m512d {
        op!(_mm512_castsi512_pd(_mm512_slli_epi64::<52>(_mm512_add_epi64(
            _mm512_cvtpd_epi64(n),
            _mm512_set1_epi64(1023)
        ))))
    }
    #[inline(always)]
    fn exponent(self, a: __m512d) -> __m512d {
        op!(_mm512_cvtepi64_pd(_mm512_sub_epi64(
            _mm512_srli_epi64::<52>(_mm512_castpd_si512(a)),
            _mm512_set1_epi64(1023)
        )))
    }
    #[inline(always)]
    fn mantissa(self, a: __m512d) -> __m512d {
        op!({
            let fraction = _mm512_and_si512(_mm512_castpd_si512(a), _mm512_set1_epi64(0x000f_ffff_ffff_ffff));
            _mm512_castsi512_pd(_mm512_or_si512(fraction, _mm512_set1_epi64(0x3ff0_0000_0000_0000)))
        })
    }
    #[inline(always)]
    fn transpose(self, block: [__m512d; 16]) -> [__m512d; 16] {
        op!(transpose::f64x8(block))
    }
}
