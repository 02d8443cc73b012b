//! Rows that hold only the elements which are not zero.

use crate::matrix::InvalidMatrix;
use crate::prefetch::Span;
use crate::real::Real;
use crate::simd::Simd;

use super::{RowCopies, Rows, SPARSE_LANES, Shrinkage, padded};

/// The rows of a sparse matrix: row i holds `data[k]` in column `columns[k]` for `ends[i] <= k < ends[i + 1]`, in any order.
/// A column that comes more than once counts for the sum of its elements.
#[derive(Clone, Copy, Debug)]
pub struct SparseRows<'a, T> {
    data: &'a [T],
    /// Each is below `cols`: `new` has looked, and nobody can have written since.
    columns: &'a [u32],
    ends: &'a [usize],
    cols: usize,
}

/// Elements of a row that are asked for ahead; from there on the CPU sees where the row is going.
const AHEAD: usize = 512;

impl<'a, T: Real> SparseRows<'a, T> {
    /// A matrix of `cols` columns and `ends.len() - 1` rows.
    ///
    /// # Errors
    /// When `ends` does not ascend from 0 to the number of elements, or a column is not in `0..cols`.
    pub fn new(data: &'a [T], columns: &'a [u32], ends: &'a [usize], cols: usize) -> Result<Self, InvalidMatrix> {
        let refuse = |text: String| Err(InvalidMatrix(text));
        let (Some(&first), Some(&last)) = (ends.first(), ends.last()) else {
            return refuse("`indptr` must have one element more than there are rows, got none".to_owned());
        };
        if data.len() != columns.len() {
            return refuse(format!("`data` has {} elements and `indices` {}", data.len(), columns.len()));
        }
        if first != 0 || last != data.len() {
            return refuse(format!("`indptr` must run from 0 to {}, got {first} to {last}", data.len()));
        }
        if let Some(pair) = ends.windows(2).find(|pair| pair[0] > pair[1]) {
            return refuse(format!("`indptr` must not descend, got {} after {}", pair[1], pair[0]));
        }
        if let Some(column) = columns.iter().max().filter(|column| **column as usize >= cols) {
            return refuse(format!("`indices` must be within 0..{cols}, got {column}"));
        }
        Ok(Self { data, columns, ends, cols })
    }

    #[inline(always)]
    fn row(&self, i: usize) -> (&'a [u32], &'a [T]) {
        let range = self.ends[i]..self.ends[i + 1];
        (&self.columns[range.clone()], &self.data[range])
    }
}

/// `w[column]` of weights that have been seen to be one a column.
#[inline(always)]
fn weight<T: Real>(w: &[T], column: u32) -> T {
    debug_assert!((column as usize) < w.len());
    // SAFETY: `SparseRows::new` has checked that columns are below `cols`, and each caller that `w` is as long or longer.
    unsafe { *w.get_unchecked(column as usize) }
}

/// As [`weight`], to write.
#[inline(always)]
fn weight_mut<T: Real>(w: &mut [T], column: u32) -> &mut T {
    debug_assert!((column as usize) < w.len());
    // SAFETY: as above.
    unsafe { w.get_unchecked_mut(column as usize) }
}

impl<T: Real> Rows<T> for SparseRows<'_, T> {
    type Copied<'b> = SparseRows<'b, T>;

    fn rows(&self) -> usize {
        self.ends.len() - 1
    }

    fn cols(&self) -> usize {
        self.cols
    }

    fn stored(&self) -> usize {
        self.data.len()
    }

    #[inline(always)]
    fn prefetch_place<S: Simd<T>>(&self, s: S, i: usize) {
        s.prefetch((&raw const self.ends[i]).cast());
    }

    #[inline(always)]
    fn prefetch<S: Simd<T>>(&self, s: S, i: usize) {
        let (columns, values) = self.row(i);
        let ahead = columns.len().min(AHEAD);
        Span::of(&columns[..ahead]).prefetch(s);
        Span::of(&values[..ahead]).prefetch(s);
    }

    #[inline(always)]
    fn copy_row(&self, i: usize, to: &mut RowCopies<T>) -> bool {
        let (columns, values) = self.row(i);
        let fits = to.values.capacity() - to.values.len() >= values.len();
        if fits {
            to.columns.extend_from_slice(columns);
            to.values.extend_from_slice(values);
            to.ends.push(to.values.len());
        }
        fits
    }

    fn copied<'b>(&self, copies: &'b RowCopies<T>) -> SparseRows<'b, T> {
        // Columns are below `cols` where they come from, and nobody else can write them.
        assert_eq!(copies.cols, self.cols, "columns of the rows copied");
        SparseRows {
            data: &copies.values,
            columns: &copies.columns,
            ends: &copies.ends[..=copies.rows],
            cols: self.cols,
        }
    }

    #[inline(always)]
    fn dot<S: Simd<T>>(&self, _: S, i: usize, w: &[T]) -> T {
        assert_eq!(w.len(), padded(self.cols), "one weight a column");
        let (columns, values) = self.row(i);
        let mut lanes = [T::zero(); SPARSE_LANES];
        let (columns, values) = (columns.chunks_exact(SPARSE_LANES), values.chunks_exact(SPARSE_LANES));
        let (columns_tail, values_tail) = (columns.remainder(), values.remainder());
        for (columns, values) in columns.zip(values) {
            for (l, lane) in lanes.iter_mut().enumerate() {
                *lane = values[l].mul_add(weight(w, columns[l]), *lane);
            }
        }
        // As many steps in every row, so that the lanes stay in registers.
        for (l, lane) in lanes[..SPARSE_LANES - 1].iter_mut().enumerate() {
            if let (Some(&column), Some(value)) = (columns_tail.get(l), values_tail.get(l)) {
                *lane = value.mul_add(weight(w, column), *lane);
            }
        }
        fold(lanes)
    }

    #[inline(always)]
    fn sum_squares<S: Simd<T>>(&self, _: S, i: usize) -> T {
        let mut lanes = [T::zero(); SPARSE_LANES];
        for values in self.row(i).1.chunks(SPARSE_LANES) {
            for (value, lane) in values.iter().zip(&mut lanes) {
                *lane = value.mul_add(*value, *lane);
            }
        }
        fold(lanes)
    }

    #[inline(always)]
    fn add<S: Simd<T>>(&self, _: S, i: usize, c: T, w: &mut [T]) {
        assert_eq!(w.len(), padded(self.cols), "one weight a column");
        let (columns, values) = self.row(i);
        for (&column, &value) in columns.iter().zip(values) {
            let w = weight_mut(w, column);
            *w = c.mul_add(value, *w);
        }
    }

    #[inline(always)]
    fn add_and_measure<S: Simd<T>>(&self, _: S, i: usize, c: T, w: &mut [T]) -> (T, T) {
        assert_eq!(w.len(), padded(self.cols), "one weight a column");
        let (columns, values) = self.row(i);
        let (mut squares, mut magnitudes) = ([T::zero(); SPARSE_LANES], [T::zero(); SPARSE_LANES]);
        let chunks = columns.chunks(SPARSE_LANES).zip(values.chunks(SPARSE_LANES));
        for (columns, values) in chunks {
            let lanes = squares.iter_mut().zip(&mut magnitudes);
            for ((&column, &value), (square, magnitude)) in columns.iter().zip(values).zip(lanes) {
                let w = weight_mut(w, column);
                *w = c.mul_add(value, *w);
                *square = w.mul_add(*w, *square);
                *magnitude += w.abs();
            }
        }
        (fold(squares), fold(magnitudes))
    }

    #[inline(always)]
    fn shrink<S: Simd<T>>(&self, _: S, i: usize, shrinkage: Shrinkage<T>, w: &mut [T], applied: &mut [T]) {
        let len = padded(self.cols);
        assert!(w.len() == len && applied.len() == len, "one weight a column");
        for &column in self.row(i).0 {
            let (w, applied) = (weight_mut(w, column), weight_mut(applied, column));
            (*w, *applied) = shrinkage.apply(*w, *applied);
        }
    }
}

/// The sum of the lanes, folded in halves.
#[inline(always)]
fn fold<T: Real>(lanes: [T; SPARSE_LANES]) -> T {
    (lanes[0] + lanes[2]) + (lanes[1] + lanes[3])
}
