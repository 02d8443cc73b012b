//! Matrix times vector: every element of the result is a dot product over 16 virtual lanes, whatever the strides.
//!
//! Lane l takes the terms l, l + 16, l + 32, … as one chain of fused multiply-adds; the lanes are folded 16 -> 8 -> 4 -> 2 -> 1.

use crate::matrix::MatRef;
use crate::real::Real;
use crate::reduce::{LANES, fold, fold_registers};
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// Rows of a chunk: enough for a vector of any path, few enough to share.
const CHUNK_ROWS: usize = 64;

/// Rows whose chains run side by side, so that one's latency hides behind the others.
pub(crate) const TOGETHER: usize = 4;

/// y = A x. A: (m, k), x: (k,), y: (m,).
///
/// # Panics
/// If the shapes do not agree.
pub fn gemv<T: Real>(team: &Team, a: MatRef<'_, T>, x: &[T], y: &mut [T]) {
    assert_eq!(a.cols(), x.len(), "A has {} columns, x has {} elements", a.cols(), x.len());
    assert_eq!(a.rows(), y.len(), "A has {} rows, y has {} elements", a.rows(), y.len());
    team.for_each_part(y, CHUNK_ROWS, &|start, y| {
        T::dispatch(team.isa(), Rows { a: a.row_range(start, y.len()), x, y });
    });
}

/// Some rows of the product.
struct Rows<'a, T> {
    a: MatRef<'a, T>,
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real> Kernel<T> for Rows<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        if self.a.col_stride() == 1 || self.a.cols() <= 1 {
            self.along_rows(s);
        } else if self.a.row_stride() == 1 {
            self.down_columns(s);
        } else {
            self.strided();
        }
    }
}

impl<T: Real> Rows<'_, T> {
    /// Rows are contiguous: vectors run along k.
    #[inline(always)]
    fn along_rows<S: Simd<T>>(self, s: S) {
        let whole = self.a.rows() / TOGETHER * TOGETHER;
        for i in (0..whole).step_by(TOGETHER) {
            let sums = dots::<T, S, TOGETHER>(s, four_rows(&self.a, i), self.x);
            self.y[i..i + TOGETHER].copy_from_slice(&sums);
        }
        for i in whole..self.a.rows() {
            self.y[i] = dots::<T, S, 1>(s, [self.a.row(i)], self.x)[0];
        }
    }

    /// Columns are contiguous: vectors run down the rows, one for each virtual lane of k.
    #[inline(always)]
    fn down_columns<S: Simd<T>>(self, s: S) {
        for (block, out) in self.y.chunks_mut(S::LANES).enumerate() {
            let mut lanes = [s.splat(T::zero()); LANES];
            for (p, x) in self.x.iter().enumerate() {
                let start = p * self.a.col_stride() + block * S::LANES;
                let column = s.load_tail(&self.a.data()[start..start + out.len()]);
                lanes[p % LANES] = s.mul_add(column, s.splat(*x), lanes[p % LANES]);
            }
            let mut width = LANES / 2;
            while width > 0 {
                for l in 0..width {
                    lanes[l] = s.add(lanes[l], lanes[l + width]);
                }
                width /= 2;
            }
            s.store_tail(out, lanes[0]);
        }
    }

    /// Nothing is contiguous: one term at a time, in the same lanes.
    fn strided(self) {
        for (i, out) in self.y.iter_mut().enumerate() {
            let mut lanes = [T::zero(); LANES];
            for (p, x) in self.x.iter().enumerate() {
                lanes[p % LANES] = self.a.at(i, p).mul_add(*x, lanes[p % LANES]);
            }
            *out = fold(lanes);
        }
    }
}

#[inline(always)]
fn four_rows<'a, T: Real>(a: &MatRef<'a, T>, i: usize) -> [&'a [T]; TOGETHER] {
    [a.row(i), a.row(i + 1), a.row(i + 2), a.row(i + 3)]
}

/// Dot products of R rows with x, side by side.
#[inline(always)]
pub(crate) fn dots<T: Real, S: Simd<T>, const R: usize>(s: S, rows: [&[T]; R], x: &[T]) -> [T; R] {
    // LANES / S::LANES registers hold the virtual lanes; 4 where a register holds four elements.
    let registers = LANES / S::LANES;
    let mut sums = [[s.splat(T::zero()); 4]; R];
    let whole = x.len() / LANES * LANES;
    for start in (0..whole).step_by(LANES) {
        for v in 0..registers {
            let at = start + v * S::LANES;
            let terms = s.load(&x[at..]);
            for (sum, row) in sums.iter_mut().zip(rows) {
                sum[v] = s.mul_add(s.load(&row[at..]), terms, sum[v]);
            }
        }
    }
    // Zeros in the lanes beyond the end add nothing.
    for (v, at) in (whole..x.len()).step_by(S::LANES).enumerate() {
        let terms = s.load_part(&x[at..]);
        for (sum, row) in sums.iter_mut().zip(rows) {
            sum[v] = s.mul_add(s.load_part(&row[at..x.len()]), terms, sum[v]);
        }
    }
    let mut out = [T::zero(); R];
    for (out, sums) in out.iter_mut().zip(sums) {
        *out = fold_registers(s, sums, registers);
    }
    out
}
