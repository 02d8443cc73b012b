//! Products of few links: rows of C are written from end to end, since that is most of the work. A tile has no more links
//! than it has rows to begin and to store.

use std::ops::Range;

use super::chunk::Product;
use super::finish::{After, Tile, finish};
use super::pack::{self, Source};
use super::tile::load_row;
use crate::matrix::MatRef;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Most links of such a product.
const MOST_LINKS: usize = 4;

/// Columns that are computed for all rows before the next ones: what they have of B stays in L1.
const BLOCK: usize = 1024;

/// Whether a product is best computed here.
pub(super) fn is_shallow<T: Real>(b: &MatRef<'_, T>, lanes: usize) -> bool {
    (1..=MOST_LINKS).contains(&b.rows()) && b.cols() >= lanes
}

/// Computes some rows and columns of a product of up to [`MOST_LINKS`] links.
///
/// # Safety
/// The rows and columns lie in C, and no other thread touches them.
#[inline(always)]
pub(super) unsafe fn run<T: Real, S: Simd<T>>(
    s: S,
    product: &Product<'_, T>,
    rows: &Range<usize>,
    cols: &Range<usize>,
) {
    for start in cols.clone().step_by(BLOCK) {
        let cols = start..cols.end.min(start + BLOCK);
        let (b, b_row) = block_of_b(s, &product.b, &cols);
        let block = Block { product, rows, cols: &cols, b, b_row };
        // As many rows at a time as leave registers for the sums.
        match product.b.rows() {
            1 => s.apart(Rows::<'_, '_, T, 1, 4>(block)),
            2 => s.apart(Rows::<'_, '_, T, 2, 4>(block)),
            3 => s.apart(Rows::<'_, '_, T, 3, 2>(block)),
            4 => s.apart(Rows::<'_, '_, T, 4, 2>(block)),
            deep => unreachable!("{deep} links"),
        }
    }
}

/// These columns of B with their rows side by side, in place or copied: element (p, j) at `p * row + j`.
#[inline(always)]
fn block_of_b<T: Real, S: Simd<T>>(s: S, b: &MatRef<'_, T>, cols: &Range<usize>) -> (*const T, usize) {
    let start = b.data().as_ptr().wrapping_add(cols.start * b.col_stride());
    if b.col_stride() == 1 {
        return (start, b.row_stride());
    }
    let from = Source { start, row: b.row_stride(), col: b.col_stride() };
    let to = pack::scratch().b[0];
    // SAFETY: the columns lie in B; the scratch holds MOST_LINKS rows of a block, which are fewer bytes than a panel's.
    unsafe { pack::Block { from, rows: b.rows(), cols: cols.len() }.copy(s, to, BLOCK) };
    (to.cast_const(), BLOCK)
}

/// Some rows and columns of C, and those columns of B.
struct Block<'p, 'a, T> {
    product: &'p Product<'a, T>,
    rows: &'p Range<usize>,
    cols: &'p Range<usize>,
    b: *const T,
    b_row: usize,
}

/// A block of a product of `K` links, `R` rows of it at a time; only [`run`] makes one, whose caller vouches for it.
struct Rows<'p, 'a, T, const K: usize, const R: usize>(Block<'p, 'a, T>);

impl<T: Real, const K: usize, const R: usize> Kernel<T> for Rows<'_, '_, T, K, R> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let Range { mut start, end } = *self.0.rows;
        // SAFETY: the rows lie in the block.
        unsafe {
            while start + R <= end {
                self.0.rows_of_c::<S, K, R>(s, start);
                start += R;
            }
            while start < end {
                self.0.rows_of_c::<S, K, 1>(s, start);
                start += 1;
            }
        }
    }
}

impl<T: Real> Block<'_, '_, T> {
    /// Computes `R` rows from row `first` on.
    ///
    /// # Safety
    /// They are rows of the block, which lies in C and is this thread's; B has `K` rows.
    #[inline(always)]
    unsafe fn rows_of_c<S: Simd<T>, const K: usize, const R: usize>(&self, s: S, first: usize) {
        let (product, rows, cols) = (self.product, first..first + R, self.cols);
        let after = After::of(&product.epilogue, &rows, cols);
        // SAFETY: the caller's rows, and columns within the block.
        unsafe {
            let start = product.c.add(first * product.c_row + cols.start);
            let factors = self.factors::<S, K, R>(s, first);
            let (whole, all) = (cols.len() / S::LANES * S::LANES, s.first(S::LANES));
            for j in (0..whole).step_by(S::LANES) {
                self.vectors::<S, K, R, false>(s, &factors, start.add(j), j, all, after);
            }
            if whole < cols.len() {
                let tail = s.first(cols.len() - whole);
                self.vectors::<S, K, R, true>(s, &factors, start.add(whole), whole, tail, after);
            }
            finish(s, &product.epilogue, &Tile { rows: &rows, cols, start, stride: product.c_row });
        }
    }

    /// Rows of A, an element a vector.
    ///
    /// # Safety
    /// A has `R` rows from `first` on, and `K` columns.
    #[inline(always)]
    unsafe fn factors<S: Simd<T>, const K: usize, const R: usize>(&self, s: S, first: usize) -> [[S::V; K]; R] {
        let a = &self.product.a;
        let mut factors = [[s.splat(T::zero()); K]; R];
        for (i, row) in factors.iter_mut().enumerate() {
            for (p, factor) in row.iter_mut().enumerate() {
                let at = a.data().as_ptr().wrapping_add((first + i) * a.row_stride() + p * a.col_stride());
                // SAFETY: the caller vouches for the element.
                *factor = s.splat(unsafe { *at });
            }
        }
        factors
    }

    /// Computes a vector in each of `R` rows, at `to` and column `j` of the block.
    ///
    /// # Safety
    /// The vectors, or what of them is within `tail` where `TAIL`, lie in the block.
    #[inline(always)]
    unsafe fn vectors<S: Simd<T>, const K: usize, const R: usize, const TAIL: bool>(
        &self,
        s: S,
        factors: &[[S::V; K]; R],
        to: *mut T,
        j: usize,
        tail: S::M,
        after: After<T>,
    ) {
        let mut sums = [[s.splat(T::zero()); 1]; R];
        // SAFETY: the caller vouches for the vectors of C, and B has the same columns.
        unsafe {
            if self.product.accumulate {
                for (i, sum) in sums.iter_mut().enumerate() {
                    *sum = load_row::<T, S, 1, TAIL>(s, to.add(i * self.product.c_row), tail);
                }
            }
            let mut links = [s.splat(T::zero()); K];
            for (p, link) in links.iter_mut().enumerate() {
                [*link] = load_row::<T, S, 1, TAIL>(s, self.b.add(p * self.b_row + j), tail);
            }
            for ([sum], factors) in sums.iter_mut().zip(factors) {
                for (factor, link) in factors.iter().zip(&links) {
                    *sum = s.mul_add(*factor, *link, *sum);
                }
            }
            after.shifted(j).apply::<S, R, 1, TAIL>(s, tail, &mut sums);
            for (i, [sum]) in sums.iter().enumerate() {
                let to = to.add(i * self.product.c_row);
                if TAIL { s.store_first_ptr(to, *sum, tail) } else { s.store_ptr(to, *sum) }
            }
        }
    }
}
