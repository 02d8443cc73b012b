//! Copies parts of A and B side by side, into scratch memory that each thread keeps.

use std::cell::RefCell;
use std::ops::Range;

use super::ahead::Rows;
use super::plan::{CHUNK_ROWS, DEPTH, LEAST_DEPTH};
use crate::aligned::AlignedVec;
use crate::real::Real;
use crate::simd::Simd;

/// Room for the rows of A of one chunk.
const A_BYTES: usize = CHUNK_ROWS * LEAST_DEPTH * size_of::<f64>();

/// Room for a panel of B: four vectors of 64 bytes are the widest that a path has. There are two of them.
const B_BYTES: usize = 4 * 64 * DEPTH;

thread_local! {
    static SCRATCH: RefCell<Option<AlignedVec<f64>>> = const { RefCell::new(None) };
}

/// Scratch of one thread: room for packed A, and for two packed panels of B.
pub(super) struct Scratch<T> {
    pub(super) a: *mut T,
    pub(super) b: [*mut T; 2],
}

/// This thread's scratch, allocated at its first use; the pointers hold until the thread ends.
///
/// Nothing that uses the scratch calls anything else that does, so no two uses overlap. (Handing it to a closure would
/// be safer to look at, but closures are not compiled with a path's instructions.)
pub(super) fn scratch<T: Real>() -> Scratch<T> {
    let start = SCRATCH.with_borrow_mut(|slot| {
        let buffer = slot.get_or_insert_with(|| {
            AlignedVec::zeros((A_BYTES + 2 * B_BYTES) / size_of::<f64>()).expect("scratch of 1.2 MB")
        });
        buffer.as_mut_ptr().cast::<T>()
    });
    let panel = |number: usize| start.wrapping_add((A_BYTES + number * B_BYTES) / size_of::<T>());
    Scratch { a: start, b: [panel(0), panel(1)] }
}

/// Source of a copy: element (i, j) at `i * row + j * col`.
#[derive(Clone, Copy)]
pub(super) struct Source<T> {
    pub(super) start: *const T,
    pub(super) row: usize,
    pub(super) col: usize,
}

/// Rows that a copy asks the memory for in advance: short rows far apart are beyond the hardware's own foresight.
pub(super) const AHEAD: usize = 8;

/// How many of the last of `count` rows, `row` apart, must be read or written within their columns, since what is `beyond`
/// them is in no row that follows.
#[inline(always)]
pub(super) fn rows_within(beyond: usize, row: usize, count: usize) -> usize {
    // Rows that all lie in one place are followed by none.
    if row == 0 { count } else { beyond.div_ceil(row).min(count) }
}

/// What is copied: some rows and columns of a matrix.
#[derive(Clone, Copy)]
pub(super) struct Block<T> {
    pub(super) from: Source<T>,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl<T: Real> Block<T> {
    /// Whether its columns lie side by side, and its rows do not.
    #[inline(always)]
    fn is_transposed(&self) -> bool {
        self.from.row == 1 && self.from.col != 1
    }

    /// How many steps copy it: rows, or squares of vectors where it is transposed.
    #[inline(always)]
    pub(super) fn steps<S: Simd<T>>(&self) -> usize {
        if self.is_transposed() { self.rows.div_ceil(S::LANES) * self.cols.div_ceil(S::LANES) } else { self.rows }
    }

    /// What these steps read, to be asked for before they are taken. Nothing of a transposed block: that is a few long
    /// stretches, which the hardware foresees.
    #[inline(always)]
    pub(super) fn read_by(&self, steps: &Range<usize>) -> Rows<T> {
        if self.is_transposed() {
            return Rows::NONE;
        }
        let (start, stride) = (self.from.start.wrapping_add(steps.start * self.from.row), self.from.row);
        Rows { start, stride, count: steps.len(), width: self.cols }
    }

    /// Copies all of it to `to`, rows `to_row` apart.
    ///
    /// # Safety
    /// The block is readable, the target writable, and they do not overlap.
    #[inline(always)]
    pub(super) unsafe fn copy<S: Simd<T>>(&self, s: S, to: *mut T, to_row: usize) {
        // SAFETY: the caller's promise is passed on.
        unsafe { self.copy_steps(s, 0..self.steps::<S>(), to, to_row) };
    }

    /// Takes some steps of the copy to `to`, rows `to_row` apart. What steps but the first ones read has been asked for.
    ///
    /// # Safety
    /// As [`Self::copy`].
    #[inline(always)]
    pub(super) unsafe fn copy_steps<S: Simd<T>>(&self, s: S, steps: Range<usize>, to: *mut T, to_row: usize) {
        // SAFETY: the caller's promise is passed on.
        unsafe {
            if self.is_transposed() {
                self.copy_squares(s, steps, to, to_row);
            } else if self.from.col == 1 {
                self.copy_rows(s, steps, to, to_row);
            } else {
                self.copy_elements(steps, to, to_row);
            }
        }
    }

    /// Copies by whole vectors, which reach beyond the columns into what the next rows bring anew; the last rows do not.
    ///
    /// # Safety
    /// As [`Self::copy`], with `from.col == 1`.
    #[inline(always)]
    unsafe fn copy_rows<S: Simd<T>>(&self, s: S, rows: Range<usize>, to: *mut T, to_row: usize) {
        let (from, cols, asked) = (self.from, self.cols, rows.start > 0);
        let (tail, beyond) = (s.first(cols % S::LANES), cols.next_multiple_of(S::LANES) - cols);
        let careful = rows.end - rows_within(beyond, from.row.min(to_row), rows.len());
        for i in rows {
            for j in (0..cols).step_by(S::LANES) {
                if !asked {
                    s.prefetch(from.start.wrapping_add((i + AHEAD) * from.row + j));
                }
                // SAFETY: element (i, j) and the rest of its row, which the caller vouches for on both sides, or that and
                // what is in the next rows.
                unsafe {
                    let (source, target) = (from.start.add(i * from.row + j), to.add(i * to_row + j));
                    if i < careful || j + S::LANES <= cols {
                        s.store_ptr(target, s.load_ptr(source));
                    } else {
                        s.store_first_ptr(target, s.load_first_ptr(source, tail), tail);
                    }
                }
            }
        }
    }

    /// Copies what lies column by column, a square at a time, down the columns; asks for the square below it in advance.
    ///
    /// # Safety
    /// As [`Self::copy`], with `from.row == 1`.
    #[inline(always)]
    unsafe fn copy_squares<S: Simd<T>>(&self, s: S, squares: Range<usize>, to: *mut T, to_row: usize) {
        let (from, high) = (self.from, self.rows.div_ceil(S::LANES));
        for square in squares {
            let (i, j) = (square % high * S::LANES, square / high * S::LANES);
            let (height, width) = (S::LANES.min(self.rows - i), S::LANES.min(self.cols - j));
            for column in j..j + width {
                s.prefetch(from.start.wrapping_add(i + S::LANES + column * from.col));
            }
            // SAFETY: rows i.. and columns j.. are within what the caller vouches for on both sides.
            unsafe {
                let (source, target) = (from.start.add(i + j * from.col), to.add(i * to_row + j));
                s.transpose_ptr(source, from.col, width, height, target, to_row);
            }
        }
    }

    /// Copies what lies side by side in neither direction.
    ///
    /// # Safety
    /// As [`Self::copy`].
    #[inline(always)]
    unsafe fn copy_elements(&self, rows: Range<usize>, to: *mut T, to_row: usize) {
        let from = self.from;
        for i in rows {
            for j in 0..self.cols {
                // SAFETY: row i and column j are within what the caller vouches for on both sides.
                unsafe { *to.add(i * to_row + j) = *from.start.add(i * from.row + j * from.col) };
            }
        }
    }
}
