//! Cuts what a kernel writes into parts for the threads of a team: several slices at the same places, blocks of rows.

use crate::matrix::MatMut;
use crate::real::Real;
use crate::team::{Parts, Team};

/// Elements in a part of an elementwise kernel: some microseconds of work, well above the cost of claiming it. It
/// shapes no result.
pub const CHUNK: usize = 8192;

/// Cuts `slice` and `more`, all of one length, at the same places and calls `work(offset, part, parts of more)` for each
/// part of `chunk` elements, on whichever threads are free; the last part may be shorter.
///
/// # Panics
/// If the lengths differ.
pub fn for_each_chunks<T, F, const N: usize>(team: &Team, chunk: usize, slice: &mut [T], more: [&mut [T]; N], work: F)
where
    T: Real,
    F: Fn(usize, &mut [T], [&mut [T]; N]) + Sync,
{
    assert!(more.iter().all(|other| other.len() == slice.len()), "slices of different lengths");
    let slice = Parts::new(slice, chunk);
    let more = more.map(|other| Parts::new(other, chunk));
    team.for_each(slice.count(), &|i| {
        // SAFETY: `for_each` calls each index once, and the slices are borrowed until it returns.
        let part = unsafe { slice.take(i) };
        // SAFETY: as above.
        let others = std::array::from_fn(|n| unsafe { more[n].take(i) });
        work(slice.offset(i), part, others);
    });
}

/// Calls `work(first row, block)` for every block of `block_rows >= 1` rows of `x`, on whichever threads are free; the
/// last block may be lower.
pub fn for_each_row_block<T, F>(team: &Team, block_rows: usize, mut x: MatMut<'_, T>, work: F)
where
    T: Real,
    F: Fn(usize, MatMut<'_, T>) + Sync,
{
    let (rows, cols, stride) = (x.rows(), x.cols(), x.row_stride());
    if rows == 0 || cols == 0 {
        return;
    }
    if rows <= block_rows {
        return work(0, x);
    }
    let span = (rows - 1) * stride + cols;
    team.for_each_part(&mut x.data()[..span], block_rows * stride, &|offset, part| {
        let first = offset / stride;
        work(first, MatMut::with_stride(part, block_rows.min(rows - first), cols, stride));
    });
}

/// Rows of `cols` elements that make up about one [`CHUNK`].
pub(crate) fn rows_per_chunk(cols: usize) -> usize {
    (CHUNK / cols.max(1)).max(1)
}
