//! Rows of more than 16 columns, one after the other.

use crate::matrix::MatRef;
use crate::real::Real;
use crate::reduce::{LANES, fold, greater};
use crate::simd::Simd;
use crate::vecmath::{exp_v, log_v};

/// Softmax of one row.
#[inline(always)]
pub(super) fn softmax<T: Real, S: Simd<T>>(s: S, row: &mut [T]) {
    let shift = s.splat(max(s, row));
    let (body, tail) = row.split_at_mut(row.len() / S::LANES * S::LANES);
    let mut sums = [s.splat(T::zero()); LANES];
    for block in body.chunks_mut(LANES) {
        for (x, sum) in block.chunks_exact_mut(S::LANES).zip(&mut sums[..LANES / S::LANES]) {
            let exp = exp_v(s, s.sub(s.load(x), shift));
            s.store(x, exp);
            *sum = s.add(*sum, exp);
        }
    }
    let tail_exp = exp_v(s, s.sub(s.load_tail(tail), shift));
    let sum = s.splat(total(s, sums, body.len(), tail.len(), tail_exp));
    for x in body.chunks_exact_mut(S::LANES) {
        s.store(x, s.div(s.load(x), sum));
    }
    s.store_tail(tail, s.div(tail_exp, sum));
}

/// Log-sum-exp of the rows of `x`, at most a vector of them.
#[inline(always)]
pub(super) fn log_sum_exp<T: Real, S: Simd<T>>(s: S, x: &MatRef<'_, T>) -> S::V {
    let (mut shifts, mut sums) = ([T::zero(); LANES], [T::one(); LANES]);
    for (i, (shift, sum)) in shifts.iter_mut().zip(&mut sums).take(x.rows()).enumerate() {
        let max = max(s, x.row(i));
        // An infinite maximum is no shift: infinity minus infinity would be NaN.
        *shift = if max.is_infinite() { T::zero() } else { max };
        *sum = exp_sum(s, x.row(i), *shift);
    }
    s.add(s.load(&shifts), log_v(s, s.load(&sums)))
}

/// The sum of `exp(row - shift)`.
#[inline(always)]
fn exp_sum<T: Real, S: Simd<T>>(s: S, row: &[T], shift: T) -> T {
    let shift = s.splat(shift);
    let (body, tail) = row.split_at(row.len() / S::LANES * S::LANES);
    let mut sums = [s.splat(T::zero()); LANES];
    for block in body.chunks(LANES) {
        for (x, sum) in block.chunks_exact(S::LANES).zip(&mut sums[..LANES / S::LANES]) {
            *sum = s.add(*sum, exp_v(s, s.sub(s.load(x), shift)));
        }
    }
    let tail_exp = exp_v(s, s.sub(s.load_tail(tail), shift));
    total(s, sums, body.len(), tail.len(), tail_exp)
}

/// Folds the virtual lanes, with the `tail_len` first lanes of `tail`, which begin at element `start` of the row.
#[inline(always)]
fn total<T: Real, S: Simd<T>>(s: S, sums: [S::V; LANES], start: usize, tail_len: usize, tail: S::V) -> T {
    let (mut lanes, mut tail_lanes) = ([T::zero(); LANES], [T::zero(); LANES]);
    for (v, sum) in sums[..LANES / S::LANES].iter().enumerate() {
        s.store(&mut lanes[v * S::LANES..], *sum);
    }
    s.store(&mut tail_lanes, tail);
    for (lane, x) in lanes[start % LANES..].iter_mut().zip(&tail_lanes[..tail_len]) {
        *lane += *x;
    }
    fold(lanes)
}

/// The largest element; may pass over NaN.
#[inline(always)]
fn max<T: Real, S: Simd<T>>(s: S, row: &[T]) -> T {
    let vectors = row.chunks_exact(S::LANES);
    let tail = vectors.remainder();
    let mut max = s.splat(T::neg_infinity());
    for x in vectors {
        max = s.max(s.load(x), max);
    }
    let mut lanes = [T::neg_infinity(); LANES];
    s.store(&mut lanes, max);
    for (lane, x) in lanes.iter_mut().zip(tail) {
        *lane = greater(*x, *lane);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for l in 0..width {
            lanes[l] = greater(lanes[l], lanes[l + width]);
        }
        width /= 2;
    }
    lanes[0]
}
