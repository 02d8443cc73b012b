//! Copies parts of A and B side by side, into scratch memory that each thread keeps.

use std::cell::RefCell;

use super::plan::{CHUNK_ROWS, PANEL_DEPTH_BYTES};
use crate::aligned::AlignedVec;
use crate::real::Real;
use crate::simd::Simd;

/// Room for the rows of A of one chunk.
const A_BYTES: usize = CHUNK_ROWS * PANEL_DEPTH_BYTES;

/// Room for a panel of B: 48 columns is the widest that a path has.
const B_BYTES: usize = 48 * PANEL_DEPTH_BYTES;

thread_local! {
    static SCRATCH: RefCell<Option<AlignedVec<f64>>> = const { RefCell::new(None) };
}

/// Scratch of one thread: room for packed A, room for packed B.
pub(super) struct Scratch<T> {
    pub(super) a: *mut T,
    pub(super) b: *mut T,
}

/// This thread's scratch, allocated at its first use; the pointers hold until the thread ends.
///
/// Nothing that uses the scratch calls anything else that does, so no two uses overlap. (Handing it to a closure would
/// be safer to look at, but closures are not compiled with a path's instructions.)
pub(super) fn scratch<T: Real>() -> Scratch<T> {
    let start = SCRATCH.with_borrow_mut(|slot| {
        let buffer = slot.get_or_insert_with(|| {
            AlignedVec::zeros((A_BYTES + B_BYTES) / size_of::<f64>()).expect("scratch of 1.3 MB")
        });
        buffer.as_mut_ptr().cast::<T>()
    });
    Scratch { a: start, b: start.wrapping_add(A_BYTES / size_of::<T>()) }
}

/// Source of a copy: element (i, j) at `i * row + j * col`.
#[derive(Clone, Copy)]
pub(super) struct Source<T> {
    pub(super) start: *const T,
    pub(super) row: usize,
    pub(super) col: usize,
}

/// Rows that a copy asks the memory for in advance: short rows far apart are beyond the hardware's own foresight.
const AHEAD: usize = 8;

/// Copies (rows, cols) to `to`, rows `to_row` apart.
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
) {
    // SAFETY: the caller's promise is passed on.
    unsafe {
        if from.col == 1 {
            copy_rows(s, from, rows, cols, to, to_row);
        } else {
            copy_blocks(from, rows, cols, to, to_row);
        }
    }
}

/// # Safety
/// As [`copy`], with `from.col == 1`.
#[inline(always)]
unsafe fn copy_rows<T: Real, S: Simd<T>>(s: S, from: Source<T>, rows: usize, cols: usize, to: *mut T, to_row: usize) {
    let tail = s.first(cols % S::LANES);
    for i in 0..rows {
        for j in (0..cols).step_by(S::LANES) {
            s.prefetch(from.start.wrapping_add((i + AHEAD) * from.row + j));
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

/// Transposes in blocks, so that neither side strides through memory for long.
///
/// # Safety
/// As [`copy`].
#[inline(always)]
unsafe fn copy_blocks<T: Real>(from: Source<T>, rows: usize, cols: usize, to: *mut T, to_row: usize) {
    /// A block of 16 x 16 elements touches 16 cache lines on either side.
    const BLOCK: usize = 16;
    for i0 in (0..rows).step_by(BLOCK) {
        for j0 in (0..cols).step_by(BLOCK) {
            let (i1, j1) = (rows.min(i0 + BLOCK), cols.min(j0 + BLOCK));
            for j in j0..j1 {
                for i in i0..i1 {
                    // SAFETY: i < rows and j < cols, for which the caller vouches on both sides.
                    unsafe { *to.add(i * to_row + j) = *from.start.add(i * from.row + j * from.col) };
                }
            }
        }
    }
}
