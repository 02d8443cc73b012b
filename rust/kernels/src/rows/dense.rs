//! Rows that lie side by side.

use crate::matrix::MatRef;
use crate::real::Real;
use crate::reduce::fold;
use crate::simd::Simd;

use super::{LANES, Rows, Shrinkage};

/// The rows of a dense matrix, each contiguous.
#[derive(Clone, Copy, Debug)]
pub struct DenseRows<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
}

/// Bytes of a row that are asked for ahead; from there on the CPU sees where the row is going.
const AHEAD: usize = 4096;

/// Bytes of a cache line on the CPUs that have a prefetch.
const LINE: usize = 64;

impl<'a, T: Real> DenseRows<'a, T> {
    /// The rows of `x`.
    ///
    /// # Panics
    /// Unless the rows lie one after the other.
    #[must_use]
    pub fn new(x: MatRef<'a, T>) -> Self {
        let (rows, cols) = (x.rows(), x.cols());
        let in_order = (x.col_stride() == 1 || cols <= 1) && (x.row_stride() == cols || rows <= 1);
        assert!(in_order, "the rows of this matrix are not contiguous");
        Self { data: &x.data()[..rows * cols], rows, cols }
    }

    #[inline(always)]
    fn row(&self, i: usize) -> &'a [T] {
        &self.data[i * self.cols..][..self.cols]
    }
}

impl<T: Real> Rows<T> for DenseRows<'_, T> {
    fn rows(&self) -> usize {
        self.rows
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn stored(&self) -> usize {
        self.data.len()
    }

    #[inline(always)]
    fn prefetch<S: Simd<T>>(&self, s: S, i: usize) {
        let row = self.row(i);
        for line in row[..row.len().min(AHEAD / size_of::<T>())].chunks(LINE / size_of::<T>()) {
            s.prefetch(line.as_ptr());
        }
    }

    #[inline(always)]
    fn dot<S: Simd<T>>(&self, s: S, i: usize, w: &[T]) -> T {
        products(s, self.row(i), w)
    }

    #[inline(always)]
    fn sum_squares<S: Simd<T>>(&self, s: S, i: usize) -> T {
        products(s, self.row(i), self.row(i))
    }

    #[inline(always)]
    fn add<S: Simd<T>>(&self, s: S, i: usize, c: T, w: &mut [T]) {
        let x = self.row(i);
        assert_eq!(x.len(), w.len(), "one weight a column");
        let c = s.splat(c);
        let (mut w, x) = (w.chunks_exact_mut(S::LANES), x.chunks_exact(S::LANES));
        let x_tail = x.remainder();
        for (w, x) in w.by_ref().zip(x) {
            s.store(w, s.mul_add(c, s.load(x), s.load(w)));
        }
        let w = w.into_remainder();
        s.store_tail(w, s.mul_add(c, s.load_tail(x_tail), s.load_tail(w)));
    }

    #[inline(always)]
    fn add_and_measure<S: Simd<T>>(&self, s: S, i: usize, c: T, w: &mut [T]) -> (T, T) {
        let x = self.row(i);
        assert_eq!(x.len(), w.len(), "one weight a column");
        let c = s.splat(c);
        let (mut squares, mut magnitudes) = ([s.splat(T::zero()); LANES], [s.splat(T::zero()); LANES]);
        let (mut w, x) = (w.chunks_exact_mut(LANES), x.chunks_exact(LANES));
        let x_tail = x.remainder();
        for (w, x) in w.by_ref().zip(x) {
            for v in 0..LANES / S::LANES {
                let at = v * S::LANES;
                let moved = s.mul_add(c, s.load(&x[at..]), s.load(&w[at..]));
                s.store(&mut w[at..], moved);
                squares[v] = s.mul_add(moved, moved, squares[v]);
                magnitudes[v] = s.add(magnitudes[v], s.abs(moved));
            }
        }
        let mut tails = w.into_remainder().chunks_mut(S::LANES).zip(x_tail.chunks(S::LANES));
        for v in 0..LANES / S::LANES {
            let Some((w, x)) = tails.next() else { break };
            // Lanes past the end hold zeros, which add nothing to either sum.
            let moved = s.mul_add(c, s.load_tail(x), s.load_tail(w));
            s.store_tail(w, moved);
            squares[v] = s.mul_add(moved, moved, squares[v]);
            magnitudes[v] = s.add(magnitudes[v], s.abs(moved));
        }
        (fold_vectors(s, squares), fold_vectors(s, magnitudes))
    }

    #[inline(always)]
    fn shrink<S: Simd<T>>(&self, s: S, i: usize, shrinkage: Shrinkage<T>, w: &mut [T], applied: &mut [T]) {
        assert!(i < self.rows && w.len() == self.cols && applied.len() == self.cols, "one weight a column");
        for (w, applied) in w.chunks_mut(S::LANES).zip(applied.chunks_mut(S::LANES)) {
            let (moved, total) = shrink_v(s, shrinkage, s.load_tail(w), s.load_tail(applied));
            s.store_tail(w, moved);
            s.store_tail(applied, total);
        }
    }
}

/// One vector of [`Rows::shrink`]: the weights, and what they have lost so far.
#[inline(always)]
fn shrink_v<T: Real, S: Simd<T>>(s: S, shrinkage: Shrinkage<T>, w: S::V, applied: S::V) -> (S::V, S::V) {
    let (zero, total, scale) = (s.splat(T::zero()), s.splat(shrinkage.total), s.splat(shrinkage.scale));
    let down = s.max(s.sub(w, s.div(s.add(total, applied), scale)), zero);
    let up = s.min(s.add(w, s.div(s.sub(total, applied), scale)), zero);
    let moved = s.select_lt(zero, w, down, s.select_lt(w, zero, up, w));
    (moved, s.mul_add(scale, s.sub(moved, w), applied))
}

/// The sum of `x[j] * y[j]`.
#[inline(always)]
fn products<T: Real, S: Simd<T>>(s: S, x: &[T], y: &[T]) -> T {
    assert_eq!(x.len(), y.len(), "one weight a column");
    let mut sums = [s.splat(T::zero()); LANES];
    let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
    let (x_tail, y_tail) = (xs.remainder(), ys.remainder());
    for (x, y) in xs.zip(ys) {
        // LANES / S::LANES registers hold the virtual lanes; the compiler drops the others.
        for (v, sum) in sums[..LANES / S::LANES].iter_mut().enumerate() {
            let at = v * S::LANES;
            *sum = s.mul_add(s.load(&x[at..]), s.load(&y[at..]), *sum);
        }
    }
    let mut tails = x_tail.chunks(S::LANES).zip(y_tail.chunks(S::LANES));
    for sum in &mut sums[..LANES / S::LANES] {
        let Some((x, y)) = tails.next() else { break };
        // Lanes past the end hold zeros, whose product changes no sum.
        *sum = s.mul_add(s.load_tail(x), s.load_tail(y), *sum);
    }
    fold_vectors(s, sums)
}

/// Folds the virtual lanes in halves, in registers as long as they are whole ones.
#[inline(always)]
fn fold_vectors<T: Real, S: Simd<T>>(s: S, sums: [S::V; LANES]) -> T {
    let mut lanes = [T::zero(); crate::reduce::LANES];
    let half = crate::reduce::LANES / S::LANES;
    for v in 0..half {
        s.store(&mut lanes[v * S::LANES..], s.add(sums[v], sums[v + half]));
    }
    fold(lanes)
}
