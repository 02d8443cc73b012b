//! Cuts C into chunks, and decides which operands are worth copying side by side. Shapes no bits, only time.

use std::ops::Range;

use crate::arch::Isa;
use crate::matrix::MatRef;
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// Depth of a panel in bytes of one column. A panel of B (48 `f32` wide: 196 kB) streams from L2 in any case; deep panels
/// spare C, which is read and written once for each.
const PANEL_DEPTH_BYTES: usize = 4096;

/// Most rows of a chunk: its part of A fills half of a 2 MiB L2.
const CHUNK_ROWS: usize = 256;

/// Most panels across a chunk, over which a packed A is reused.
const CHUNK_PANELS: usize = 4;

/// Chunks for each thread, so that the last one to finish is not long behind.
const CHUNKS_PER_THREAD: usize = 6;

/// Rows below which packing B costs more than it saves.
const PACK_B_ROWS: usize = 96;

/// Bytes of B beyond which its rows no longer stay in L2 between two tiles.
const B_IN_PLACE_BYTES: usize = 1 << 20;

/// Row strides of a multiple of this many bytes meet in few cache sets.
const ALIASING_STRIDE: usize = 4096;

/// Row strides of A^T from which walking down a column misses the cache.
const FAR_STRIDE: usize = 1024;

/// How one product is cut.
#[derive(Debug)]
pub struct Plan {
    m: usize,
    n: usize,
    chunk_rows: usize,
    chunk_cols: usize,
    /// Depth of a panel.
    pub(super) kc: usize,
    /// Copy each chunk's part of A tile by tile.
    pub(super) pack_a: bool,
    /// Copy each panel of B.
    pub(super) pack_b: bool,
}

/// Rows and columns of one register tile, asked of the path.
struct TileShape;

impl<T: Real> Kernel<T> for TileShape {
    type Output = (usize, usize);

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _: S) -> (usize, usize) {
        (S::TILE_ROWS, S::TILE_VECTORS * S::LANES)
    }
}

impl Plan {
    pub(super) fn of<T: Real>(team: &Team, a: &MatRef<'_, T>, b: &MatRef<'_, T>) -> Self {
        let (m, n) = (a.rows(), b.cols());
        let (tile_rows, tile_cols) = tile_shape::<T>(team.isa());
        let (mut chunk_rows, mut chunk_cols) = (m.min(CHUNK_ROWS), n.min(CHUNK_PANELS * tile_cols));
        if team.active() == 1 {
            chunk_cols = n;
        } else {
            let wanted = team.active() * CHUNKS_PER_THREAD;
            let count = |rows: usize, cols: usize| m.div_ceil(rows) * n.div_ceil(cols);
            while count(chunk_rows, chunk_cols) < wanted && chunk_cols > tile_cols {
                chunk_cols = (chunk_cols / 2).next_multiple_of(tile_cols);
            }
            while count(chunk_rows, chunk_cols) < wanted && chunk_rows > 4 * tile_rows {
                chunk_rows = (chunk_rows / 2).next_multiple_of(tile_rows);
            }
        }
        Self {
            m,
            n,
            chunk_rows: balanced(m, chunk_rows, tile_rows),
            chunk_cols,
            kc: PANEL_DEPTH_BYTES / size_of::<T>(),
            pack_a: pack_a(a, chunk_cols > tile_cols),
            pack_b: pack_b(b, m),
        }
    }

    /// How many chunks there are.
    pub(super) fn chunks(&self) -> usize {
        self.m.div_ceil(self.chunk_rows) * self.n.div_ceil(self.chunk_cols)
    }

    /// Rows and columns of chunk `index`.
    pub(super) fn chunk(&self, index: usize) -> (Range<usize>, Range<usize>) {
        let down = self.m.div_ceil(self.chunk_rows);
        let (i, j) = (index % down * self.chunk_rows, index / down * self.chunk_cols);
        (i..self.m.min(i + self.chunk_rows), j..self.n.min(j + self.chunk_cols))
    }
}

fn tile_shape<T: Real>(isa: Isa) -> (usize, usize) {
    T::dispatch(isa, TileShape)
}

/// Rows of a chunk when `total` is cut into as few as `most` allows, all but the last of one height.
fn balanced(total: usize, most: usize, tile: usize) -> usize {
    total.div_ceil(total.div_ceil(most)).next_multiple_of(tile).min(total)
}

/// A tile walks along rows or down columns of A; with neither side by side there is no other way than a copy. And in a
/// transposed A whose rows lie far apart, a tile would touch a cache line for every k and use half of it.
fn pack_a<T: Real>(a: &MatRef<'_, T>, several_panels: bool) -> bool {
    if a.rows() <= 1 || a.cols() <= 1 || a.col_stride() == 1 {
        return false;
    }
    let far = a.col_stride() * size_of::<T>() >= FAR_STRIDE;
    a.row_stride() != 1 || (several_panels && far)
}

fn pack_b<T: Real>(b: &MatRef<'_, T>, m: usize) -> bool {
    if b.col_stride() != 1 && b.cols() > 1 {
        return true;
    }
    let stride = b.row_stride() * size_of::<T>();
    let large = b.rows() * b.cols() * size_of::<T>() > B_IN_PLACE_BYTES;
    let aliasing = stride.is_multiple_of(ALIASING_STRIDE) && b.rows() >= 64;
    m >= PACK_B_ROWS && (large || aliasing)
}
