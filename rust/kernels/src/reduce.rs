//! Reductions whose bits depend on no CPU and no number of threads.
//!
//! A sum runs over 16 *virtual lanes*: lane l takes the elements l, l + 16, l + 32, … as one chain; the lanes are folded
//! 16 -> 8 -> 4 -> 2 -> 1. Sums over whole buffers do so for every block of [`BLOCK`] elements and add the blocks'
//! results in order.

mod columns;
mod finite;

use std::ops::Range;

use crate::matrix::MatRef;
use crate::partition::rows_per_chunk;
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

pub use columns::{ROW_BLOCK, column_sums};
pub use finite::{all_finite, first_not_finite};

/// Virtual lanes of every dot product and sum: a multiple of each path's vector.
pub const LANES: usize = 16;

/// Elements of a block, each summed by itself. It shapes the result, so it is a constant.
pub const BLOCK: usize = 16_384;

/// Blocks whose results are held at a time: 2^20 elements are enough for the threads to share.
const BLOCKS_AT_ONCE: usize = 64;

/// The sum of the elements.
#[must_use]
pub fn sum<T: Real>(team: &Team, x: &[T]) -> T {
    reduce(team, Sum, x, x)
}

/// The sum of `x[i] * y[i]`.
///
/// # Panics
/// If the lengths differ.
#[must_use]
pub fn dot<T: Real>(team: &Team, x: &[T], y: &[T]) -> T {
    assert_eq!(x.len(), y.len(), "lengths of x and y");
    reduce(team, Products, x, y)
}

/// The sum of squares.
#[must_use]
pub fn sum_squares<T: Real>(team: &Team, x: &[T]) -> T {
    reduce(team, Products, x, x)
}

/// The Euclidean norm; neither overflows nor underflows where the norm itself does not.
#[must_use]
pub fn norm<T: Real>(team: &Team, x: &[T]) -> T {
    let squares = sum_squares(team, x);
    if squares.is_nan() || (squares.is_finite() && squares >= smallest_safe()) {
        return squares.sqrt();
    }
    // Squares may have overflowed or vanished: scale the largest element into [1, 2) by a power of two, exactly.
    let largest = largest_abs(team, x);
    if largest == T::zero() || largest.is_infinite() {
        return largest;
    }
    let scale = normalising_scale(largest);
    reduce(team, ScaledSquares(scale), x, x).sqrt() / scale
}

/// The sum of magnitudes.
#[must_use]
pub fn sum_abs<T: Real>(team: &Team, x: &[T]) -> T {
    reduce(team, Magnitude, x, x)
}

/// The largest magnitude; NaN is passed over, and an empty slice has 0.
#[must_use]
pub fn largest_abs<T: Real>(team: &Team, x: &[T]) -> T {
    let block = |range| T::dispatch(team.isa(), LargestMagnitude(&x[range]));
    combine_blocks(team, x.len(), &block, greater)
}

/// `out[i] = sum of x[i, :]`, in one block whatever the length. x: (m, n), rows contiguous; out: (m,).
///
/// # Panics
/// If the shapes do not agree.
pub fn row_sums<T: Real>(team: &Team, x: MatRef<'_, T>, out: &mut [T]) {
    assert_eq!(x.rows(), out.len(), "rows of x and length of the result");
    team.for_each_part(out, rows_per_chunk(x.cols()), &|first, out| {
        for (i, out) in out.iter_mut().enumerate() {
            let row = x.row(first + i);
            *out = T::dispatch(team.isa(), Block { term: Sum, x: row, y: row });
        }
    });
}

/// The sum of the lanes, folded 16 -> 8 -> 4 -> 2 -> 1: lane l takes lane l + width.
#[inline(always)]
pub(crate) fn fold<T: Real>(mut lanes: [T; LANES]) -> T {
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// As [`fold`], of virtual lanes held by `registers` registers, a power of two of them.
#[inline(always)]
pub(crate) fn fold_registers<T: Real, S: Simd<T>, const N: usize>(s: S, mut sums: [S::V; N], registers: usize) -> T {
    let mut width = registers / 2;
    while width > 0 {
        for v in 0..width {
            sums[v] = s.add(sums[v], sums[v + width]);
        }
        width /= 2;
    }
    let mut lanes = [T::zero(); LANES];
    s.store(&mut lanes, sums[0]);
    let mut width = S::LANES / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] += lanes[l + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// The larger of two numbers; the second where one is NaN.
#[inline(always)]
pub(crate) fn greater<T: Real>(a: T, b: T) -> T {
    if a > b { a } else { b }
}

/// Sums of squares from here on have lost nothing that matters to terms too small to be squared.
fn smallest_safe<T: Real>() -> T {
    T::min_positive_value() / T::epsilon()
}

/// A power of two that brings `x` near 1, neither itself nor its inverse subnormal.
fn normalising_scale<T: Real>(x: T) -> T {
    let (_, exponent, _) = x.integer_decode();
    let exponent = i64::from(exponent) + i64::from(T::MANTISSA_BITS);
    let limit = i64::from(T::EXPONENT_BIAS) - 1;
    let biased = 1023 - exponent.clamp(-limit, limit);
    T::of(f64::from_bits((biased as u64) << 52))
}

/// What one element adds to its lane, on vectors and on scalars alike.
trait Term<T: Real>: Copy + Sync {
    fn vector<S: Simd<T>>(self, s: S, lane: S::V, x: S::V, y: S::V) -> S::V;
    fn scalar(self, lane: T, x: T, y: T) -> T;
}

#[derive(Clone, Copy)]
struct Sum;

impl<T: Real> Term<T> for Sum {
    #[inline(always)]
    fn vector<S: Simd<T>>(self, s: S, lane: S::V, x: S::V, _: S::V) -> S::V {
        s.add(lane, x)
    }
    #[inline(always)]
    fn scalar(self, lane: T, x: T, _: T) -> T {
        lane + x
    }
}

#[derive(Clone, Copy)]
struct Magnitude;

impl<T: Real> Term<T> for Magnitude {
    #[inline(always)]
    fn vector<S: Simd<T>>(self, s: S, lane: S::V, x: S::V, _: S::V) -> S::V {
        s.add(lane, s.abs(x))
    }
    #[inline(always)]
    fn scalar(self, lane: T, x: T, _: T) -> T {
        lane + x.abs()
    }
}

#[derive(Clone, Copy)]
struct Products;

impl<T: Real> Term<T> for Products {
    #[inline(always)]
    fn vector<S: Simd<T>>(self, s: S, lane: S::V, x: S::V, y: S::V) -> S::V {
        s.mul_add(x, y, lane)
    }
    #[inline(always)]
    fn scalar(self, lane: T, x: T, y: T) -> T {
        x.mul_add(y, lane)
    }
}

#[derive(Clone, Copy)]
struct ScaledSquares<T>(T);

impl<T: Real> Term<T> for ScaledSquares<T> {
    #[inline(always)]
    fn vector<S: Simd<T>>(self, s: S, lane: S::V, x: S::V, _: S::V) -> S::V {
        let scaled = s.mul(s.splat(self.0), x);
        s.mul_add(scaled, scaled, lane)
    }
    #[inline(always)]
    fn scalar(self, lane: T, x: T, _: T) -> T {
        let scaled = self.0 * x;
        scaled.mul_add(scaled, lane)
    }
}

/// Sums the terms block by block, and the blocks in order.
fn reduce<T: Real, F: Term<T>>(team: &Team, term: F, x: &[T], y: &[T]) -> T {
    let block = |range: Range<usize>| T::dispatch(team.isa(), Block { term, x: &x[range.clone()], y: &y[range] });
    combine_blocks(team, x.len(), &block, |sum, block| sum + block)
}

/// Combines the results of all blocks of `0..len` in order; the team computes [`BLOCKS_AT_ONCE`] at a time. Zero when
/// there are none.
fn combine_blocks<T: Real>(
    team: &Team,
    len: usize,
    block: &(dyn Fn(Range<usize>) -> T + Sync),
    combine: fn(T, T) -> T,
) -> T {
    let count = len.div_ceil(BLOCK);
    let mut combined = None;
    for first in (0..count).step_by(BLOCKS_AT_ONCE) {
        let mut results = [T::zero(); BLOCKS_AT_ONCE];
        let results = &mut results[..BLOCKS_AT_ONCE.min(count - first)];
        team.for_each_part(results, 1, &|i, result| {
            let start = (first + i) * BLOCK;
            result[0] = block(start..len.min(start + BLOCK));
        });
        combined = combined.into_iter().chain(results.iter().copied()).reduce(combine);
    }
    combined.unwrap_or_else(T::zero)
}

struct Block<'a, T, F> {
    term: F,
    x: &'a [T],
    y: &'a [T],
}

impl<T: Real, F: Term<T>> Kernel<T> for Block<'_, T, F> {
    type Output = T;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> T {
        let (term, mut sums) = (self.term, [s.splat(T::zero()); LANES]);
        let (x, y) = (self.x.chunks_exact(LANES), self.y.chunks_exact(LANES));
        let (x_tail, y_tail) = (x.remainder(), y.remainder());
        for (x, y) in x.zip(y) {
            // LANES / S::LANES registers hold the virtual lanes; the compiler drops the others.
            for (v, sum) in sums[..LANES / S::LANES].iter_mut().enumerate() {
                let at = v * S::LANES;
                *sum = term.vector(s, *sum, s.load(&x[at..]), s.load(&y[at..]));
            }
        }
        let mut lanes = [T::zero(); LANES];
        for (v, sum) in sums[..LANES / S::LANES].iter().enumerate() {
            s.store(&mut lanes[v * S::LANES..], *sum);
        }
        for ((lane, &x), &y) in lanes.iter_mut().zip(x_tail).zip(y_tail) {
            *lane = term.scalar(*lane, x, y);
        }
        fold(lanes)
    }
}

/// The largest magnitude in a slice; NaN is passed over.
struct LargestMagnitude<'a, T>(&'a [T]);

impl<T: Real> Kernel<T> for LargestMagnitude<'_, T> {
    type Output = T;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) -> T {
        let mut largest = s.splat(T::zero());
        let chunks = self.0.chunks_exact(S::LANES);
        let tail = chunks.remainder();
        for x in chunks {
            largest = s.max(s.abs(s.load(x)), largest);
        }
        // Zeros in the unused lanes do not change a largest magnitude.
        largest = s.max(s.abs(s.load_tail(tail)), largest);
        let mut lanes = [T::zero(); LANES];
        s.store(&mut lanes, largest);
        lanes.into_iter().fold(T::zero(), greater)
    }
}
