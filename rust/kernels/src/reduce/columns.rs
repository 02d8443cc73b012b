//! Sums down the columns: bias gradients.

use crate::matrix::MatRef;
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// Rows of a block, each summed by itself down the column. It shapes the result, so it is a constant.
pub const ROW_BLOCK: usize = 256;

/// Columns that one thread sums at a time when only columns are shared out: four of the widest vectors.
const COLUMNS: usize = 64;

/// Vectors side by side, so that one's chain of additions hides behind the others.
const TOGETHER: usize = 4;

/// `out[j] = sum of x[:, j]`: one ascending chain for every [`ROW_BLOCK`] rows, the blocks added in order.
/// x: (m, n), rows contiguous; out: (n,).
///
/// # Panics
/// If the shapes do not agree.
pub fn column_sums<T: Real>(team: &Team, x: MatRef<'_, T>, out: &mut [T]) {
    assert_eq!(x.cols(), out.len(), "columns of x and length of the result");
    let tall_and_narrow = x.rows() > ROW_BLOCK && (1..COLUMNS * team.active()).contains(&x.cols());
    if team.active() == 1 || !tall_and_narrow {
        team.for_each_part(out, COLUMNS, &|first, out| T::dispatch(team.isa(), ColumnSums { x, first, out }));
        return;
    }
    // There are too few columns to share out, so the blocks of rows are.
    let cols = x.cols();
    let mut blocks = vec![T::zero(); x.rows().div_ceil(ROW_BLOCK) * cols];
    team.for_each_part(&mut blocks, cols, &|offset, out| {
        let start = offset / cols * ROW_BLOCK;
        let x = x.row_range(start, ROW_BLOCK.min(x.rows() - start));
        T::dispatch(team.isa(), ColumnSums { x, first: 0, out });
    });
    let mut blocks = blocks.chunks_exact(cols);
    out.copy_from_slice(blocks.next().unwrap_or(&[]));
    for block in blocks {
        out.iter_mut().zip(block).for_each(|(sum, &part)| *sum += part);
    }
}

/// The sums of the columns from `first` on, as many as `out` holds.
struct ColumnSums<'a, T> {
    x: MatRef<'a, T>,
    first: usize,
    out: &'a mut [T],
}

impl<T: Real> Kernel<T> for ColumnSums<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let mut wide = self.out.chunks_exact_mut(TOGETHER * S::LANES);
        let mut at = self.first;
        for out in &mut wide {
            vectors::<T, S, TOGETHER>(s, &self.x, at, out);
            at += TOGETHER * S::LANES;
        }
        for out in wide.into_remainder().chunks_mut(S::LANES) {
            vectors::<T, S, 1>(s, &self.x, at, out);
            at += S::LANES;
        }
    }
}

/// The sums of the `V` vectors of columns from `first` on; a single vector may be cut short by the end of `out`.
#[inline(always)]
fn vectors<T: Real, S: Simd<T>, const V: usize>(s: S, x: &MatRef<'_, T>, first: usize, out: &mut [T]) {
    let zero = [s.splat(T::zero()); V];
    let mut total = zero;
    for start in (0..x.rows()).step_by(ROW_BLOCK) {
        let mut block = zero;
        for i in start..x.rows().min(start + ROW_BLOCK) {
            let row = &x.row(i)[first..][..out.len()];
            for (v, sum) in block.iter_mut().enumerate() {
                *sum = s.add(*sum, load::<T, S>(s, &row[v * S::LANES..]));
            }
        }
        for (total, block) in total.iter_mut().zip(block) {
            *total = if start == 0 { block } else { s.add(*total, block) };
        }
    }
    for (out, total) in out.chunks_mut(S::LANES).zip(total) {
        s.store_tail(out, total);
    }
}

#[inline(always)]
fn load<T: Real, S: Simd<T>>(s: S, from: &[T]) -> S::V {
    if from.len() >= S::LANES { s.load(from) } else { s.load_tail(from) }
}
