//! Rows that lie side by side.

use crate::matrix::MatRef;
use crate::prefetch::Span;
use crate::real::Real;
use crate::reduce::fold_registers;
use crate::simd::Simd;

use super::{LANES, RowCopies, Rows, Shrinkage, padded};

/// The rows of a dense matrix, each contiguous.
#[derive(Clone, Copy, Debug)]
pub struct DenseRows<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
}

/// Bytes of a row that are asked for ahead; from there on the CPU sees where the row is going.
const AHEAD: usize = 8192;

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
    type Copied<'b> = DenseRows<'b, T>;

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
    fn prefetch_place<S: Simd<T>>(&self, _: S, _: usize) {
        // A multiplication says it.
    }

    #[inline(always)]
    fn prefetch<S: Simd<T>>(&self, s: S, i: usize) {
        let (start, tail) = (self.row(i).as_ptr(), self.cols % S::LANES);
        // The last load may reach beyond the row. What is there does not count, but its line is waited for.
        let reach = if tail == 0 { 0 } else { tail.next_power_of_two() };
        let end = (self.cols - tail + reach).min(AHEAD / size_of::<T>());
        Span::new(start, end).prefetch(s);
    }

    #[inline(always)]
    fn copy_row(&self, i: usize, to: &mut RowCopies<T>) -> bool {
        let fits = to.values.capacity() - to.values.len() >= self.cols;
        if fits {
            to.values.extend_from_slice(self.row(i));
        }
        fits
    }

    fn copied<'b>(&self, copies: &'b RowCopies<T>) -> DenseRows<'b, T> {
        assert_eq!(copies.cols, self.cols, "columns of the rows copied");
        DenseRows { data: &copies.values[..copies.rows * self.cols], rows: copies.rows, cols: self.cols }
    }

    #[inline(always)]
    fn dot<S: Simd<T>>(&self, s: S, i: usize, w: &[T]) -> T {
        let x = self.row(i);
        assert_eq!(w.len(), padded(x.len()), "one weight a column");
        let mut sums = [s.splat(T::zero()); LANES];
        let (x, w) = (x.chunks_exact(LANES), w.chunks(LANES));
        let (x_tail, mut w) = (x.remainder(), w);
        for (x, w) in x.zip(&mut w) {
            // LANES / S::LANES registers hold the virtual lanes; the compiler drops the others.
            for (v, sum) in sums[..LANES / S::LANES].iter_mut().enumerate() {
                let at = v * S::LANES;
                *sum = s.mul_add(s.load(&x[at..]), s.load(&w[at..]), *sum);
            }
        }
        let w_tail = w.next().unwrap_or_default();
        for (v, sum) in sums[..LANES / S::LANES].iter_mut().enumerate() {
            let at = v * S::LANES;
            if at >= x_tail.len() {
                break;
            }
            *sum = s.mul_add(s.load_part(&x_tail[at..]), s.load(&w_tail[at..]), *sum);
        }
        fold_registers(s, sums, LANES / S::LANES)
    }

    #[inline(always)]
    fn sum_squares<S: Simd<T>>(&self, s: S, i: usize) -> T {
        let mut sums = [s.splat(T::zero()); LANES];
        let x = self.row(i).chunks_exact(LANES);
        let tail = x.remainder();
        for x in x {
            for (v, sum) in sums[..LANES / S::LANES].iter_mut().enumerate() {
                let x = s.load(&x[v * S::LANES..]);
                *sum = s.mul_add(x, x, *sum);
            }
        }
        for (x, sum) in tail.chunks(S::LANES).zip(&mut sums) {
            let x = s.load_part(x);
            *sum = s.mul_add(x, x, *sum);
        }
        fold_registers(s, sums, LANES / S::LANES)
    }

    #[inline(always)]
    fn add<S: Simd<T>>(&self, s: S, i: usize, c: T, w: &mut [T]) {
        let x = self.row(i);
        assert_eq!(w.len(), padded(x.len()), "one weight a column");
        let c = s.splat(c);
        let (mut w, x) = (w.chunks_exact_mut(S::LANES), x.chunks_exact(S::LANES));
        let x_tail = x.remainder();
        for (x, w) in x.zip(&mut w) {
            s.store(w, s.mul_add(c, s.load(x), s.load(w)));
        }
        if let Some(w) = w.next().filter(|_| !x_tail.is_empty()) {
            s.store(w, s.mul_add(c, s.load_tail(x_tail), s.load(w)));
        }
    }

    #[inline(always)]
    fn add_and_measure<S: Simd<T>>(&self, s: S, i: usize, c: T, w: &mut [T]) -> (T, T) {
        let x = self.row(i);
        assert_eq!(w.len(), padded(x.len()), "one weight a column");
        let c = s.splat(c);
        let (mut squares, mut magnitudes) = ([s.splat(T::zero()); LANES], [s.splat(T::zero()); LANES]);
        let (mut w, x) = (w.chunks_mut(LANES), x.chunks_exact(LANES));
        let x_tail = x.remainder();
        for (x, w) in x.zip(&mut w) {
            for v in 0..LANES / S::LANES {
                let at = v * S::LANES;
                let moved = s.mul_add(c, s.load(&x[at..]), s.load(&w[at..]));
                s.store(&mut w[at..], moved);
                squares[v] = s.mul_add(moved, moved, squares[v]);
                magnitudes[v] = s.add(magnitudes[v], s.abs(moved));
            }
        }
        let w_tail = w.next().unwrap_or_default();
        for v in 0..LANES / S::LANES {
            let at = v * S::LANES;
            if at >= x_tail.len() {
                break;
            }
            // Weights past the last column are zeros, which add nothing to either sum.
            let moved = s.mul_add(c, s.load_part(&x_tail[at..]), s.load(&w_tail[at..]));
            s.store(&mut w_tail[at..], moved);
            squares[v] = s.mul_add(moved, moved, squares[v]);
            magnitudes[v] = s.add(magnitudes[v], s.abs(moved));
        }
        (fold_registers(s, squares, LANES / S::LANES), fold_registers(s, magnitudes, LANES / S::LANES))
    }

    #[inline(always)]
    fn shrink<S: Simd<T>>(&self, s: S, i: usize, shrinkage: Shrinkage<T>, w: &mut [T], applied: &mut [T]) {
        let len = padded(self.cols);
        assert!(i < self.rows && w.len() == len && applied.len() == len, "one weight a column");
        for (w, applied) in w.chunks_exact_mut(S::LANES).zip(applied.chunks_exact_mut(S::LANES)) {
            let (moved, total) = shrink_v(s, shrinkage, s.load(w), s.load(applied));
            s.store(w, moved);
            s.store(applied, total);
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
