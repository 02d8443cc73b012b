//! Copies parts of A and B side by side, into scratch memory that each thread keeps.

use std::cell::RefCell;

use super::ahead::Rows;
use super::plan::{CHUNK_ROWS, DEPTH, LEAST_DEPTH, Piece};
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

/// The rows that a piece of a copy reads, to be asked for before [`copy`] is called for it. None of a transposed source: what
/// a piece reads there are a few long stretches, which the hardware foresees.
#[inline(always)]
pub(super) fn rows_of<T: Real>(piece: Piece, from: Source<T>, rows: usize, cols: usize) -> Rows<T> {
    if from.col != 1 {
        return Rows::NONE;
    }
    let rows = piece.part_of(&(0..rows));
    Rows { start: from.start.wrapping_add(rows.start * from.row), stride: from.row, count: rows.len(), width: cols }
}

/// Copies a piece of (rows, cols) to `to`, rows `to_row` apart. The rows of pieces but the first have been asked for.
///
/// # Safety
/// The source is readable, the target writable, and they do not overlap.
#[inline(always)]
pub(super) unsafe fn copy<T: Real, S: Simd<T>>(
    s: S,
    from: Source<T>,
    rows: usize,
    cols: usize,
    to: *mut T,
    to_row: usize,
    piece: Piece,
) {
    let asked = piece.index > 0;
    // SAFETY: the caller's promise is passed on.
    unsafe {
        if from.row == 1 && from.col != 1 {
            copy_columns(s, from, rows, cols, to, to_row, piece);
        } else {
            let piece = piece.part_of(&(0..rows));
            let (start, to) = (from.start.add(piece.start * from.row), to.add(piece.start * to_row));
            let from = Source { start, ..from };
            if from.col == 1 {
                copy_rows(s, from, piece.len(), cols, to, to_row, asked);
            } else {
                copy_elements(from, piece.len(), cols, to, to_row);
            }
        }
    }
}

/// # Safety
/// As [`copy`], with `from.col == 1`.
#[inline(always)]
unsafe fn copy_rows<T: Real, S: Simd<T>>(
    s: S,
    from: Source<T>,
    rows: usize,
    cols: usize,
    to: *mut T,
    to_row: usize,
    asked: bool,
) {
    let tail = s.first(cols % S::LANES);
    for i in 0..rows {
        for j in (0..cols).step_by(S::LANES) {
            if !asked {
                s.prefetch(from.start.wrapping_add((i + AHEAD) * from.row + j));
            }
            // SAFETY: element (i, j) and the rest of its row, which the caller vouches for on both sides.
            unsafe {
                let (source, target) = (from.start.add(i * from.row + j), to.add(i * to_row + j));
                if j + S::LANES <= cols {
                    s.store_ptr(target, s.load_ptr(source));
                } else {
                    s.store_first_ptr(target, s.load_first_ptr(source, tail), tail);
                }
            }
        }
    }
}

/// Copies what lies column by column, a block at a time, down the columns; asks for the block below it in advance.
///
/// # Safety
/// As [`copy`], with `from.row == 1`.
#[inline(always)]
unsafe fn copy_columns<T: Real, S: Simd<T>>(
    s: S,
    from: Source<T>,
    rows: usize,
    cols: usize,
    to: *mut T,
    to_row: usize,
    piece: Piece,
) {
    let high = rows.div_ceil(S::LANES);
    for block in piece.part_of(&(0..high * cols.div_ceil(S::LANES))) {
        let (i, j) = (block % high * S::LANES, block / high * S::LANES);
        let (height, width) = (S::LANES.min(rows - i), S::LANES.min(cols - j));
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
/// As [`copy`].
#[inline(always)]
unsafe fn copy_elements<T: Real>(from: Source<T>, rows: usize, cols: usize, to: *mut T, to_row: usize) {
    for i in 0..rows {
        for j in 0..cols {
            // SAFETY: i < rows and j < cols, for which the caller vouches on both sides.
            unsafe { *to.add(i * to_row + j) = *from.start.add(i * from.row + j * from.col) };
        }
    }
}
