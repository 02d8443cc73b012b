//! Blocks of bf16 pairs by fused multiply-adds of widened numbers, and by `vdpbf16ps`.
//!
//! Subnormal numbers count as zero here, which is a mode of the CPU that Rust's own arithmetic must never see. So the sums
//! are assembly from where the mode is set to where it is put back. One skeleton serves all: for some rows and columns of
//! the tile a chain over the first half of k and one over the second, then `c + (first + second)`.

use std::arch::asm;
#[allow(clippy::wildcard_imports, reason = "the intrinsics of two instruction sets")]
use std::arch::x86_64::*;

use super::engine::{Blocks, PAIRS, SIDE};

/// All exceptions masked, nearest even, subnormal results and operands zero.
static FLUSHING: u32 = 0x9fc0;

/// A block of A widened to `f32`: for each row the 16 numbers of the first half of k, then those of the second.
#[repr(align(64))]
struct Rows([[u32; SIDE]; SIDE]);

/// A block of B widened to `f32`: for each of 16 k the columns' numbers of the first half, then those of the second.
#[repr(align(64))]
struct Columns([[u32; 2 * SIDE]; SIDE / 2]);

/// Widens a block by functions of the path's vectors: `$low` and `$high` are those of the low and of the high halves.
macro_rules! widen {
    ($a:expr, $b:expr, $rows:expr, $columns:expr, $lanes:literal, $load:ident, $store:ident, $low:expr, $high:expr) => {
        for at in (0..SIDE * 16).step_by($lanes) {
            let (line, k) = (at / 16, at % 16);
            let pairs = $load($a.add(at).cast());
            let row = $rows.0[line].as_mut_ptr().add(k);
            $store(row.cast(), $low(pairs));
            $store(row.add(16).cast(), $high(pairs));
            // Of B a line here is a pair of 16 columns.
            let pairs = $load($b.add(at).cast());
            let column = $columns.0[line % 16].as_mut_ptr().add(line / 16 * 16 + k);
            $store(column.cast(), $low(pairs));
            $store(column.add(SIDE).cast(), $high(pairs));
        }
    };
}

/// # Safety
/// A block is readable at `a`, and one at `b`; the CPU has AVX-512 F.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn widen_512(a: *const u32, b: *const u32, rows: &mut Rows, columns: &mut Columns) {
    let low = |pairs| _mm512_slli_epi32::<16>(pairs);
    let high = |pairs| _mm512_and_si512(pairs, _mm512_set1_epi32(0xffff_0000_u32 as i32));
    // SAFETY: 16 pairs at a time of the block; rows and columns have room for them.
    unsafe { widen!(a, b, rows, columns, 16, _mm512_loadu_si512, _mm512_storeu_si512, low, high) };
}

/// # Safety
/// As [`widen_512`]; the CPU has AVX2.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn widen_256(a: *const u32, b: *const u32, rows: &mut Rows, columns: &mut Columns) {
    let low = |pairs| _mm256_slli_epi32::<16>(pairs);
    let high = |pairs| _mm256_and_si256(pairs, _mm256_set1_epi32(0xffff_0000_u32 as i32));
    // SAFETY: 8 pairs at a time of the block; rows and columns have room for them.
    unsafe { widen!(a, b, rows, columns, 8, _mm256_loadu_si256, _mm256_storeu_si256, low, high) };
}

/// As [`widen_512`], but pairs take the place of numbers: two that follow each other in a half of k, the earlier one in the high
/// half, which `vdpbf16ps` adds first. So there are 8 of a half.
///
/// # Safety
/// As [`widen_512`].
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn regroup(a: *const u32, b: *const u32, rows: &mut Rows, columns: &mut Columns) {
    let (low, high) = (_mm512_set1_epi64(0xffff), _mm512_set1_epi64(0xffff_0000));
    let both = _mm512_set1_epi32(0xffff_0000_u32 as i32);
    for line in 0..SIDE {
        // SAFETY: a block of A holds 32 lines of 16 pairs; two of them are a number of 64 bits here.
        unsafe {
            let pairs = _mm512_loadu_si512(a.add(line * 16).cast());
            let first = _mm512_and_si512(_mm512_slli_epi64::<16>(pairs), high);
            let first = _mm512_or_si512(first, _mm512_and_si512(_mm512_srli_epi64::<32>(pairs), low));
            let second = _mm512_or_si512(_mm512_and_si512(pairs, high), _mm512_srli_epi64::<48>(pairs));
            let row = rows.0[line].as_mut_ptr();
            _mm256_storeu_si256(row.cast(), _mm512_cvtepi64_epi32(first));
            _mm256_storeu_si256(row.add(16).cast(), _mm512_cvtepi64_epi32(second));
        }
    }
    for at in 0..SIDE / 2 {
        let (half, k) = (at / 8, at % 8);
        // SAFETY: a block of B holds two groups of 16 pairs of 16 columns.
        unsafe {
            let group = b.add((half * 16 + 2 * k) * 16);
            let (now, next) = (_mm512_loadu_si512(group.cast()), _mm512_loadu_si512(group.add(16).cast()));
            let column = columns.0[k].as_mut_ptr().add(half * 16);
            let first = _mm512_or_si512(_mm512_slli_epi32::<16>(now), _mm512_andnot_si512(both, next));
            let second = _mm512_or_si512(_mm512_and_si512(now, both), _mm512_srli_epi32::<16>(next));
            _mm512_storeu_si512(column.cast(), first);
            _mm512_storeu_si512(column.add(SIDE).cast(), second);
        }
    }
}

/// A row: `$first` and `$second` are the places of its two halves of k, `$e` and `$o` the sums of the chains over them, for
/// two vectors of columns, of which registers 0 to 3 hold the halves.
#[rustfmt::skip] // an instruction a line
macro_rules! row {
    ($v:literal, $splat:literal, $fma:literal, $first:literal, $second:literal, $e:literal, $f:literal, $o:literal, $p:literal) => {
        concat!(
            $splat, " ", $v, "4, dword ptr [{a} + ", $first, "]\n",
            $fma, " ", $v, $e, ", ", $v, "4, ", $v, "0\n",
            $fma, " ", $v, $f, ", ", $v, "4, ", $v, "1\n",
            $splat, " ", $v, "5, dword ptr [{a} + ", $second, "]\n",
            $fma, " ", $v, $o, ", ", $v, "5, ", $v, "2\n",
            $fma, " ", $v, $p, ", ", $v, "5, ", $v, "3\n",
        )
    };
}

/// The end of a row, whose part of C is at `$c` and `$d`.
#[rustfmt::skip] // an instruction a line
macro_rules! end {
    ($v:literal, $c:literal, $d:literal, $e:literal, $f:literal, $o:literal, $p:literal) => {
        concat!(
            "vaddps ", $v, $e, ", ", $v, $e, ", ", $v, $o, "\n",
            "vaddps ", $v, $f, ", ", $v, $f, ", ", $v, $p, "\n",
            "vaddps ", $v, $e, ", ", $v, $e, ", [{c} + ", $c, "]\n",
            "vaddps ", $v, $f, ", ", $v, $f, ", [{c} + ", $d, "]\n",
            "vmovaps [{c} + ", $c, "], ", $v, $e, "\n",
            "vmovaps [{c} + ", $d, "], ", $v, $f, "\n",
        )
    };
}

/// Zeros in registers.
macro_rules! zeros {
    ($xor:literal, $v:literal, $($register:literal)*) => {
        concat!($($xor, " ", $v, $register, ", ", $v, $register, ", ", $v, $register, "\n",)*)
    };
}

/// The skeleton: `$count` times some rows; the sums of each over `$steps` of k, rows of A so many bytes apart.
macro_rules! sums {
    ($mode:ident, $a:expr, $b:expr, $c:expr, $count:expr, $steps:expr, $a_next:expr, $c_next:expr,
     $zeros:expr, $columns:literal, $rows:expr, $ends:expr, [$($clobber:tt)*]) => {
        asm!(
            "stmxcsr [{mode}]",
            "ldmxcsr [{flushing}]",
            "2:",
            $zeros,
            "mov {k:e}, {steps}",
            "3:",
            $columns,
            $rows,
            "add {a}, 4",
            "add {b}, 256",
            "dec {k:e}",
            "jnz 3b",
            $ends,
            "add {a}, {a_next}",
            "sub {b}, {b_back}",
            "add {c}, {c_next}",
            "dec {count:e}",
            "jnz 2b",
            "ldmxcsr [{mode}]",
            a = inout(reg) $a => _,
            b = inout(reg) $b => _,
            c = inout(reg) $c => _,
            count = inout(reg) $count => _,
            k = out(reg) _,
            mode = in(reg) &raw mut $mode,
            flushing = in(reg) &raw const FLUSHING,
            steps = const $steps,
            a_next = const $a_next,
            b_back = const $steps * 256,
            c_next = const $c_next,
            $(out($clobber) _,)*
            options(nostack),
        )
    };
}

/// Four rows by 32 columns at a time, in registers of 16 numbers.
macro_rules! by_sixteen {
    ($name:ident, $features:literal, $prepare:ident, $splat:literal, $fma:literal, $steps:literal) => {
        /// # Safety
        /// As [`super::engine::Session::multiply`]; the CPU has what the function is compiled for.
        #[target_feature(enable = $features)]
        pub(super) unsafe fn $name(blocks: Blocks) {
            let (mut rows, mut columns, mut mode) = (Rows([[0; SIDE]; SIDE]), Columns([[0; 2 * SIDE]; SIDE / 2]), 0_u32);
            for block in 0..blocks.count {
                // SAFETY: the panels hold so many blocks. The assembly reads rows, columns and C, and writes C, the caller's
                // tile; it puts the CPU's mode back.
                unsafe {
                    $prepare(blocks.a.add(block * PAIRS), blocks.b.add(block * PAIRS), &mut rows, &mut columns);
                    sums!(
                        mode,
                        rows.0.as_ptr(),
                        columns.0.as_ptr(),
                        blocks.c,
                        blocks.rows.div_ceil(4),
                        $steps,
                        4 * 128 - $steps * 4,
                        4 * 128,
                        zeros!("vpxord", "zmm", "8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20" "21" "22" "23"),
                        "vmovaps zmm0, [{b}]
                         vmovaps zmm1, [{b} + 64]
                         vmovaps zmm2, [{b} + 128]
                         vmovaps zmm3, [{b} + 192]",
                        concat!(
                            row!("zmm", $splat, $fma, "0", "64", "8", "9", "10", "11"),
                            row!("zmm", $splat, $fma, "128", "192", "12", "13", "14", "15"),
                            row!("zmm", $splat, $fma, "256", "320", "16", "17", "18", "19"),
                            row!("zmm", $splat, $fma, "384", "448", "20", "21", "22", "23"),
                        ),
                        concat!(
                            end!("zmm", "0", "64", "8", "9", "10", "11"),
                            end!("zmm", "128", "192", "12", "13", "14", "15"),
                            end!("zmm", "256", "320", "16", "17", "18", "19"),
                            end!("zmm", "384", "448", "20", "21", "22", "23"),
                        ),
                        ["zmm0" "zmm1" "zmm2" "zmm3" "zmm4" "zmm5" "zmm8" "zmm9" "zmm10" "zmm11" "zmm12" "zmm13" "zmm14"
                         "zmm15" "zmm16" "zmm17" "zmm18" "zmm19" "zmm20" "zmm21" "zmm22" "zmm23"]
                    );
                }
            }
        }
    };
}

by_sixteen!(multiply_avx512, "avx512f", widen_512, "vbroadcastss", "vfmadd231ps", 16);
by_sixteen!(multiply_dot, "avx512f,avx512bf16", regroup, "vpbroadcastd", "vdpbf16ps", 8);

/// # Safety
/// As [`super::engine::Session::multiply`]; the CPU has AVX2 and FMA.
#[target_feature(enable = "avx2,fma")]
pub(super) unsafe fn multiply_avx2(blocks: Blocks) {
    let (mut rows, mut columns, mut mode) = (Rows([[0; SIDE]; SIDE]), Columns([[0; 2 * SIDE]; SIDE / 2]), 0_u32);
    for block in 0..blocks.count {
        // SAFETY: the panels hold so many blocks.
        unsafe { widen_256(blocks.a.add(block * PAIRS), blocks.b.add(block * PAIRS), &mut rows, &mut columns) };
        for right in (0..blocks.cols).step_by(16) {
            // SAFETY: as in `by_sixteen`; 16 columns from `right` on.
            unsafe {
                sums!(
                    mode,
                    rows.0.as_ptr(),
                    columns.0.as_ptr().cast::<u32>().add(right),
                    blocks.c.add(right),
                    blocks.rows.div_ceil(2),
                    16,
                    2 * 128 - 16 * 4,
                    2 * 128,
                    zeros!("vpxor", "ymm", "8" "9" "10" "11" "12" "13" "14" "15"),
                    "vmovaps ymm0, [{b}]
                     vmovaps ymm1, [{b} + 32]
                     vmovaps ymm2, [{b} + 128]
                     vmovaps ymm3, [{b} + 160]",
                    concat!(
                        row!("ymm", "vbroadcastss", "vfmadd231ps", "0", "64", "8", "9", "10", "11"),
                        row!("ymm", "vbroadcastss", "vfmadd231ps", "128", "192", "12", "13", "14", "15"),
                    ),
                    concat!(
                        end!("ymm", "0", "32", "8", "9", "10", "11"),
                        end!("ymm", "128", "160", "12", "13", "14", "15"),
                    ),
                    ["ymm0" "ymm1" "ymm2" "ymm3" "ymm4" "ymm5" "ymm8" "ymm9" "ymm10" "ymm11" "ymm12" "ymm13" "ymm14"
                     "ymm15"]
                );
            }
        }
    }
}
