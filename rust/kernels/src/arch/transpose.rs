//! Transposes of square blocks in registers, as shuffles: rows are paired up, then pairs of rows, until each register holds
//! a column. A 128-bit part of a register is a *lane block* below. Of the sixteen registers only as many count as one has
//! lanes; the rest stay as they are.

#[allow(clippy::wildcard_imports, reason = "the intrinsics of one instruction set")]
use std::arch::x86_64::*;

/// Sixteen rows of sixteen.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn f32x16(rows: [__m512; 16]) -> [__m512; 16] {
    let mut quads = rows;
    for i in (0..16).step_by(4) {
        let (low, high) = (_mm512_unpacklo_ps(rows[i], rows[i + 1]), _mm512_unpackhi_ps(rows[i], rows[i + 1]));
        let (low2, high2) =
            (_mm512_unpacklo_ps(rows[i + 2], rows[i + 3]), _mm512_unpackhi_ps(rows[i + 2], rows[i + 3]));
        quads[i] = _mm512_shuffle_ps::<0x44>(low, low2);
        quads[i + 1] = _mm512_shuffle_ps::<0xee>(low, low2);
        quads[i + 2] = _mm512_shuffle_ps::<0x44>(high, high2);
        quads[i + 3] = _mm512_shuffle_ps::<0xee>(high, high2);
    }
    // Lane block b of quads[i + c] now holds column 4 b + c of rows i..i + 4.
    let mut columns = quads;
    for c in 0..4 {
        let [a, b, d, e] = [quads[c], quads[4 + c], quads[8 + c], quads[12 + c]];
        let even = [_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0x88>(d, e)];
        let odd = [_mm512_shuffle_f32x4::<0xdd>(a, b), _mm512_shuffle_f32x4::<0xdd>(d, e)];
        columns[c] = _mm512_shuffle_f32x4::<0x88>(even[0], even[1]);
        columns[4 + c] = _mm512_shuffle_f32x4::<0x88>(odd[0], odd[1]);
        columns[8 + c] = _mm512_shuffle_f32x4::<0xdd>(even[0], even[1]);
        columns[12 + c] = _mm512_shuffle_f32x4::<0xdd>(odd[0], odd[1]);
    }
    columns
}

/// Eight rows of eight.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn f64x8(rows: [__m512d; 16]) -> [__m512d; 16] {
    let mut pairs = rows;
    for i in (0..8).step_by(2) {
        pairs[i] = _mm512_unpacklo_pd(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm512_unpackhi_pd(rows[i], rows[i + 1]);
    }
    // Lane block b of pairs[i + c] now holds column 2 b + c of rows i and i + 1.
    let mut columns = pairs;
    for c in 0..2 {
        let [a, b, d, e] = [pairs[c], pairs[2 + c], pairs[4 + c], pairs[6 + c]];
        let even = [_mm512_shuffle_f64x2::<0x88>(a, b), _mm512_shuffle_f64x2::<0x88>(d, e)];
        let odd = [_mm512_shuffle_f64x2::<0xdd>(a, b), _mm512_shuffle_f64x2::<0xdd>(d, e)];
        columns[c] = _mm512_shuffle_f64x2::<0x88>(even[0], even[1]);
        columns[2 + c] = _mm512_shuffle_f64x2::<0x88>(odd[0], odd[1]);
        columns[4 + c] = _mm512_shuffle_f64x2::<0xdd>(even[0], even[1]);
        columns[6 + c] = _mm512_shuffle_f64x2::<0xdd>(odd[0], odd[1]);
    }
    columns
}

/// Eight rows of eight.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn f32x8(rows: [__m256; 16]) -> [__m256; 16] {
    let mut quads = rows;
    for i in (0..8).step_by(4) {
        let (low, high) = (_mm256_unpacklo_ps(rows[i], rows[i + 1]), _mm256_unpackhi_ps(rows[i], rows[i + 1]));
        let (low2, high2) =
            (_mm256_unpacklo_ps(rows[i + 2], rows[i + 3]), _mm256_unpackhi_ps(rows[i + 2], rows[i + 3]));
        quads[i] = _mm256_shuffle_ps::<0x44>(low, low2);
        quads[i + 1] = _mm256_shuffle_ps::<0xee>(low, low2);
        quads[i + 2] = _mm256_shuffle_ps::<0x44>(high, high2);
        quads[i + 3] = _mm256_shuffle_ps::<0xee>(high, high2);
    }
    // Lane block b of quads[i + c] now holds column 4 b + c of rows i..i + 4.
    let mut columns = quads;
    for c in 0..4 {
        columns[c] = _mm256_permute2f128_ps::<0x20>(quads[c], quads[4 + c]);
        columns[4 + c] = _mm256_permute2f128_ps::<0x31>(quads[c], quads[4 + c]);
    }
    columns
}

/// Four rows of four.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn f64x4(rows: [__m256d; 16]) -> [__m256d; 16] {
    let mut pairs = rows;
    for i in (0..4).step_by(2) {
        pairs[i] = _mm256_unpacklo_pd(rows[i], rows[i + 1]);
        pairs[i + 1] = _mm256_unpackhi_pd(rows[i], rows[i + 1]);
    }
    // Lane block b of pairs[i + c] now holds column 2 b + c of rows i and i + 1.
    let mut columns = pairs;
    for c in 0..2 {
        columns[c] = _mm256_permute2f128_pd::<0x20>(pairs[c], pairs[2 + c]);
        columns[2 + c] = _mm256_permute2f128_pd::<0x31>(pairs[c], pairs[2 + c]);
    }
    columns
}
