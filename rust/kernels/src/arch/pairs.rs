//! bf16 operands: two vectors of `f32`, rounded and put together, in every path's instructions.

#[cfg(target_arch = "x86_64")]
#[allow(clippy::wildcard_imports, reason = "the intrinsics of three instruction sets")]
use std::arch::x86_64::*;

use super::{Isa, portable::Portable};
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512::Avx512};
use crate::simd::Simd;

/// How a path rounds to bf16.
pub(crate) trait Pairs<S: Simd<f32>>: Copy {
    /// Lanes of 32 bits: `low` rounded to bf16 in the low half, `high` in the high half. Nearest, ties to even; subnormal
    /// numbers become zero of their sign, NaN stays NaN.
    fn pairs(self, s: S, low: S::V, high: S::V) -> S::V;
}

/// As [`crate::simd::Kernel`], for kernels that round to bf16.
pub(crate) trait PairKernel {
    /// Runs on the path that `simd` and `pairs` stand for.
    fn eval<S: Simd<f32>, P: Pairs<S>>(self, simd: S, pairs: P);
}

/// Rounds lane by lane, by integers.
#[derive(Clone, Copy)]
struct ByIntegers;

/// Rounds by the instruction for it.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct ByInstruction(());

/// The bits of `x` rounded to bf16.
#[inline(always)]
pub(crate) fn round(x: f32) -> u32 {
    let bits = x.to_bits();
    // Wraps for some NaN, which is rounded otherwise below.
    let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) >> 16;
    let exponent = bits & 0x7f80_0000;
    if exponent == 0 {
        (bits >> 16) & 0x8000
    } else if x.is_nan() {
        (bits >> 16) | 0x40
    } else {
        rounded
    }
}

impl Pairs<Portable> for ByIntegers {
    #[inline(always)]
    fn pairs(
        self,
        s: Portable,
        low: <Portable as Simd<f32>>::V,
        high: <Portable as Simd<f32>>::V,
    ) -> <Portable as Simd<f32>>::V {
        let _ = s;
        std::array::from_fn(|i| f32::from_bits(round(low[i]) | (round(high[i]) << 16)))
    }
}

#[cfg(target_arch = "x86_64")]
impl Pairs<Avx2> for ByIntegers {
    #[inline(always)]
    fn pairs(self, _: Avx2, low: __m256, high: __m256) -> __m256 {
        // SAFETY: a token of the path exists only where the CPU supports its instructions.
        unsafe {
            let low = _mm256_srli_epi32::<16>(round_256(low));
            _mm256_castsi256_ps(_mm256_blend_epi16::<0b1010_1010>(low, round_256(high)))
        }
    }
}

/// Each lane rounded to bf16, in its high half.
///
/// # Safety
/// The CPU supports AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn round_256(x: __m256) -> __m256i {
    // SAFETY: the caller vouches for the instructions.
    unsafe {
        let bits = _mm256_castps_si256(x);
        let even = _mm256_and_si256(_mm256_srli_epi32::<16>(bits), _mm256_set1_epi32(1));
        let rounded = _mm256_add_epi32(bits, _mm256_add_epi32(even, _mm256_set1_epi32(0x7fff)));
        let exponent = _mm256_and_si256(bits, _mm256_set1_epi32(0x7f80_0000));
        let tiny = _mm256_cmpeq_epi32(exponent, _mm256_setzero_si256());
        let sign = _mm256_and_si256(bits, _mm256_set1_epi32(i32::MIN));
        let nan = _mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(x, x));
        let quiet = _mm256_or_si256(bits, _mm256_set1_epi32(0x0040_0000));
        let rounded = _mm256_blendv_epi8(rounded, sign, tiny);
        _mm256_blendv_epi8(rounded, quiet, nan)
    }
}

#[cfg(target_arch = "x86_64")]
impl Pairs<Avx512> for ByIntegers {
    #[inline(always)]
    fn pairs(self, _: Avx512, low: __m512, high: __m512) -> __m512 {
        // SAFETY: a token of the path exists only where the CPU supports its instructions.
        unsafe {
            let low = _mm512_srli_epi32::<16>(round_512(low));
            _mm512_castsi512_ps(_mm512_mask_blend_epi16(0xaaaa_aaaa, low, round_512(high)))
        }
    }
}

/// As [`round_256`].
///
/// # Safety
/// The CPU supports AVX-512 F and BW.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn round_512(x: __m512) -> __m512i {
    // SAFETY: the caller vouches for the instructions.
    unsafe {
        let bits = _mm512_castps_si512(x);
        let even = _mm512_and_si512(_mm512_srli_epi32::<16>(bits), _mm512_set1_epi32(1));
        let rounded = _mm512_add_epi32(bits, _mm512_add_epi32(even, _mm512_set1_epi32(0x7fff)));
        let tiny = _mm512_testn_epi32_mask(bits, _mm512_set1_epi32(0x7f80_0000));
        let rounded = _mm512_mask_and_epi32(rounded, tiny, bits, _mm512_set1_epi32(i32::MIN));
        let nan = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(x, x);
        _mm512_mask_or_epi32(rounded, nan, bits, _mm512_set1_epi32(0x0040_0000))
    }
}

#[cfg(target_arch = "x86_64")]
impl Pairs<Avx512> for ByInstruction {
    #[inline(always)]
    fn pairs(self, _: Avx512, low: __m512, high: __m512) -> __m512 {
        // SAFETY: the token exists only where the CPU supports AVX512-BF16, and that of the path likewise.
        unsafe {
            let halves: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
            _mm512_castsi512_ps(_mm512_permutexvar_epi16(INTERLEAVED.load(), halves))
        }
    }
}

/// Numbers of 16 bit elements: one of the low half, one of the high half, in turns.
#[cfg(target_arch = "x86_64")]
#[repr(align(64))]
struct Places([u16; 32]);

#[cfg(target_arch = "x86_64")]
static INTERLEAVED: Places = Places::interleaved();

#[cfg(target_arch = "x86_64")]
impl Places {
    const fn interleaved() -> Self {
        let (mut places, mut i) = ([0; 32], 0);
        while i < 16 {
            places[2 * i] = i as u16;
            places[2 * i + 1] = 16 + i as u16;
            i += 1;
        }
        Self(places)
    }

    /// # Safety
    /// The CPU supports AVX-512 F.
    #[inline(always)]
    unsafe fn load(&self) -> __m512i {
        // SAFETY: the array holds 64 bytes; the caller vouches for the instruction.
        unsafe { _mm512_loadu_si512(self.0.as_ptr().cast()) }
    }
}

/// Runs `kernel` on the path `isa`.
///
/// # Panics
/// If the CPU does not support `isa`.
#[cfg(target_arch = "x86_64")]
pub(crate) fn dispatch_pairs<K: PairKernel>(isa: Isa, kernel: K) {
    #[target_feature(enable = "avx2,fma")]
    fn on_avx2<K: PairKernel>(token: Avx2, kernel: K) {
        kernel.eval(token, ByIntegers);
    }
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn on_avx512<K: PairKernel>(token: Avx512, kernel: K) {
        kernel.eval(token, ByIntegers);
    }
    #[target_feature(enable = "avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
    fn on_avx512_bf16<K: PairKernel>(token: Avx512, kernel: K) {
        kernel.eval(token, ByInstruction(()));
    }
    assert!(isa.is_supported(), "this CPU has no path {}", isa.name());
    let no_token = "a path that is supported has its tokens";
    match isa {
        Isa::Scalar => kernel.eval(Portable::new(), ByIntegers),
        // SAFETY: the CPU supports the path, as just checked.
        Isa::Avx2 => unsafe { on_avx2(Avx2::new().expect(no_token), kernel) },
        // SAFETY: likewise.
        Isa::Avx512 => unsafe { on_avx512(Avx512::new().expect(no_token), kernel) },
        // SAFETY: likewise; AMX is taken for supported only beside AVX512-BF16.
        Isa::Avx512Bf16 | Isa::Amx => unsafe { on_avx512_bf16(Avx512::new().expect(no_token), kernel) },
    }
}

/// Runs `kernel` on the path `isa`; only the portable one exists on this architecture.
#[cfg(not(target_arch = "x86_64"))]
pub(crate) fn dispatch_pairs<K: PairKernel>(isa: Isa, kernel: K) {
    assert_eq!(isa, Isa::Scalar, "this CPU has only the portable path");
    kernel.eval(Portable::new(), ByIntegers);
}
