//! Blocks of bf16 pairs by plain numbers, for CPUs without a path of their own.

use super::engine::{Blocks, PAIRS, SIDE};
use crate::reference::{flushed, mul_add_flushed};

/// Pairs of a row or column in a block.
const DEPTH: usize = SIDE / 2;

/// The exponents of two factors whose products, and all sums of such, are zero or normal: products of bf16 are multiples of
/// the last place of one factor times that of the other, and so are their rounded sums.
const SAFE_EXPONENTS: i32 = -126 + 14;

/// A block of one operand, widened: the first half of k, and the second.
type Halves = [[[f32; DEPTH]; SIDE]; 2];

/// # Safety
/// As [`super::engine::Session::multiply`].
pub(super) unsafe fn multiply(blocks: Blocks) {
    for block in 0..blocks.count {
        // SAFETY: the panels hold so many blocks, the tile is the caller's.
        let (a, b, c) = unsafe {
            (
                std::slice::from_raw_parts(blocks.a.add(block * PAIRS), PAIRS),
                std::slice::from_raw_parts(blocks.b.add(block * PAIRS), PAIRS),
                std::slice::from_raw_parts_mut(blocks.c, SIDE * SIDE),
            )
        };
        let a = widen(|line, pair| a[line * DEPTH + pair], blocks.rows);
        let b = widen(|line, pair| b[(line / 16 * DEPTH + pair) * 16 + line % 16], blocks.cols);
        let is_safe = least_exponent(&a) + least_exponent(&b) >= SAFE_EXPONENTS;
        for i in 0..blocks.rows {
            for j in 0..blocks.cols {
                let [first, second] = [0, 1].map(|half| chain(&a[half][i], &b[half][j], is_safe));
                let c = &mut c[i * SIDE + j];
                *c = flushed(flushed(*c) + flushed(first + second));
            }
        }
    }
}

/// The chain of fused multiply-adds over half a block.
fn chain(a: &[f32; DEPTH], b: &[f32; DEPTH], is_safe: bool) -> f32 {
    let factors = a.iter().zip(b);
    if is_safe {
        factors.fold(0.0, |sum, (a, b)| a.mul_add(*b, sum))
    } else {
        factors.fold(0.0, |sum, (a, b)| mul_add_flushed(*a, *b, sum))
    }
}

/// The halves of the first `lines` lines; zeros beyond.
fn widen(pair: impl Fn(usize, usize) -> u32, lines: usize) -> Halves {
    let mut halves = [[[0.0; DEPTH]; SIDE]; 2];
    let [low, high] = &mut halves;
    for (line, (low, high)) in low.iter_mut().zip(high).enumerate().take(lines) {
        for (k, (low, high)) in low.iter_mut().zip(high).enumerate() {
            let pair = pair(line, k);
            *low = f32::from_bits(pair << 16);
            *high = f32::from_bits(pair & 0xffff_0000);
        }
    }
    halves
}

/// The exponent of the number nearest to zero that is not zero.
fn least_exponent(halves: &Halves) -> i32 {
    let numbers = halves.iter().flatten().flatten();
    let least = numbers.filter(|x| **x != 0.0).map(|x| x.to_bits() >> 23 & 0xff).min();
    // Without such a number every product is zero.
    least.map_or(127, |exponent| exponent as i32 - 127)
}
