//! Cuts C into chunks, and says how each is computed. Shapes no bits, only time.

use std::ops::Range;

use super::copies::{IN_CACHE_BYTES, aliasing, fills_line, outgrows_l2, pack_a, pack_b};
use super::narrow::is_narrow;
use super::parts::part;
use super::shallow::is_shallow;
use crate::matrix::MatRef;
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Team;

/// Most links of a chain between two visits to C, which is read and written once for each. A panel of B so deep streams
/// from L2 at the pace of the products.
pub(super) const DEPTH: usize = 512;

/// As many links between two visits whatever the chunk, if there are as many.
pub(super) const LEAST_DEPTH: usize = 256;

/// Bytes of A that a chunk keeps in L2 while it walks the panels: half of a small one.
const KEPT_A_BYTES: usize = 1 << 19;

/// Most rows of a chunk.
pub(super) const CHUNK_ROWS: usize = 512;

/// Most panels across a chunk of several threads: a packed A is reused over them.
const CHUNK_PANELS: usize = 32;

/// Panels across a chunk from which on the columns are cut rather than the rows, where all of A stays in L2.
const PANELS_TO_CUT: usize = 4;

/// Multiply-adds of a chunk beyond which there are more of them: a millisecond's worth.
const MOST_WORK: usize = 150_000_000;

/// Multiply-adds, times the bytes of an element, that one thread is done with before another has heard of them.
const LEAST_WORK: usize = 1_200_000;

/// Tiles down whose columns of A^T are copied together where vectors are whole cache lines: what they have of one k fills a
/// vector or two.
const STRIP: usize = 3;

/// Rows, or columns, that take no less time if there are fewer: they leave register tiles idle, or the memory is the bound.
const FEW: usize = 5;

/// Multiply-adds in full register tiles that take as long as those of A B; A: (m, k), B: (k, n).
#[must_use]
pub fn equal_work(m: usize, k: usize, n: usize) -> usize {
    m.max(FEW).saturating_mul(k).saturating_mul(n.max(FEW))
}

/// How the chunks of a product are computed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// In register tiles.
    Tiles,
    /// Down the rows of A: it has few columns.
    Narrow,
    /// Along the rows of C: its chains are of few links.
    Shallow,
}

impl Way {
    fn of<T: Real>(a: &MatRef<'_, T>, b: &MatRef<'_, T>, lanes: usize) -> Self {
        if is_narrow(a, b) {
            Self::Narrow
        } else if is_shallow(b, lanes) {
            Self::Shallow
        } else {
            Self::Tiles
        }
    }

    /// Rows that are not cut apart.
    fn rows_together(self, lanes: usize) -> usize {
        match self {
            Self::Narrow => lanes,
            Self::Tiles | Self::Shallow => 1,
        }
    }

    /// Rows of a chunk that are not cut any more: their chains hide each other's latency.
    fn few_rows(self, tile: &TileShape) -> usize {
        match self {
            Self::Narrow => 8 * tile.lanes,
            Self::Tiles | Self::Shallow => 4 * tile.rows,
        }
    }

    /// Chunks for each thread: the last one to finish is helped in tiles, and else not long behind. More of them copy the same
    /// operands more often.
    fn chunks_per_thread(self) -> usize {
        match self {
            Self::Tiles => 1,
            Self::Narrow | Self::Shallow => 2,
        }
    }

    /// Time of a multiply-add, as a multiple of that in tiles.
    fn cost(self) -> usize {
        match self {
            Self::Tiles | Self::Narrow => 1,
            Self::Shallow => 4,
        }
    }
}

/// How one product is cut.
#[derive(Debug)]
pub struct Plan {
    m: usize,
    n: usize,
    /// Parts that the rows are cut into.
    row_parts: usize,
    /// Parts that the columns are cut into, by whole vectors.
    col_parts: usize,
    lanes: usize,
    /// What computes it; what else the plan says of copies and blocks is for tiles.
    pub(super) way: Way,
    /// Copy each chunk's part of A.
    pub(super) pack_a: bool,
    /// Tiles down that are copied side by side.
    pub(super) strip: usize,
    /// Copy each panel of B.
    pub(super) pack_b: bool,
    /// Parts that the chains are cut into, with a visit to C for each.
    pub(super) k_parts: usize,
    /// Ask the memory in advance for what the next tile and the next panel need.
    pub(super) look_ahead: bool,
}

/// The largest register tile of a path, and the vectors it is made of.
struct TileShape {
    rows: usize,
    /// Columns.
    panel: usize,
    lanes: usize,
}

/// Asks a path for its tile.
struct AskTile;

impl<T: Real> Kernel<T> for AskTile {
    type Output = TileShape;

    #[inline(always)]
    fn eval<S: Simd<T>>(self, _: S) -> TileShape {
        let vectors = S::TILE_VECTORS;
        TileShape { rows: S::TILE_ROWS[vectors - 1], panel: vectors * S::LANES, lanes: S::LANES }
    }
}

impl Plan {
    pub(super) fn of<T: Real>(team: &Team, a: &MatRef<'_, T>, b: &MatRef<'_, T>) -> Self {
        let (m, n) = (a.rows(), b.cols());
        let tile = T::dispatch(team.isa(), AskTile);
        let lanes = tile.lanes;
        let way = Way::of(a, b, lanes);
        let (row_parts, col_parts) = parts(team, a, b, way, &tile);
        let pack_b = pack_b(b, m, m / row_parts, lanes);
        let k_parts = if b.rows() <= LEAST_DEPTH { 1 } else { b.rows().div_ceil(depth(b, pack_b, m / row_parts)) };
        Self {
            m,
            n,
            row_parts,
            col_parts,
            lanes,
            way,
            pack_a: pack_a(a, m / row_parts, (n / col_parts).div_ceil(tile.panel), lanes),
            strip: if a.row_stride() == 1 && fills_line::<T>(lanes) { STRIP } else { 1 },
            pack_b,
            k_parts,
            look_ahead: n * m.max(b.rows()) * size_of::<T>() > IN_CACHE_BYTES,
        }
    }

    /// Whether A is copied in strips of several tiles.
    #[inline(always)]
    pub(super) fn copies_strips(&self) -> bool {
        self.pack_a && self.strip > 1
    }

    /// How many chunks there are.
    pub(super) fn chunks(&self) -> usize {
        self.row_parts * self.col_parts
    }

    /// Rows and columns of chunk `index`.
    pub(super) fn chunk(&self, index: usize) -> (Range<usize>, Range<usize>) {
        let rows = part_of(self.m, self.way.rows_together(self.lanes), self.row_parts, index % self.row_parts);
        (rows, part_of(self.n, self.lanes, self.col_parts, index / self.row_parts))
    }
}

/// Parts that the rows and the columns are cut into.
fn parts<T: Real>(team: &Team, a: &MatRef<'_, T>, b: &MatRef<'_, T>, way: Way, tile: &TileShape) -> (usize, usize) {
    let (m, n, panel) = (a.rows(), b.cols(), tile.panel);
    let work = equal_work(m, b.rows(), n) * way.cost();
    let mut row_parts = m.div_ceil(CHUNK_ROWS);
    if team.active() == 1 || work * size_of::<T>() <= LEAST_WORK {
        return (row_parts, 1);
    }
    let mut col_parts = n.div_ceil(CHUNK_PANELS * panel);
    let chunks = (team.active() * way.chunks_per_thread()).max(work / MOST_WORK);
    let few_rows = way.few_rows(tile);
    let keeps_rows = a.col_stride() == 1 && !outgrows_l2(a) && !fills_line::<T>(tile.lanes);
    // Near-square chunks share the most, but where A need not be copied, B is copied once for all of its rows; below these
    // sizes a copy is no longer used often enough.
    while row_parts * col_parts < chunks {
        let (height, width) = (m / row_parts, n / col_parts);
        if keeps_rows && width >= PANELS_TO_CUT * panel || width > 2 * panel && width > height {
            col_parts *= 2;
        } else if height > few_rows {
            row_parts *= 2;
        } else if width > panel {
            col_parts *= 2;
        } else {
            break;
        }
    }
    (row_parts, col_parts)
}

/// Part `index` of so many of the first numbers up to `length`, `unit` of which are not cut apart.
fn part_of(length: usize, unit: usize, parts: usize, index: usize) -> Range<usize> {
    let units = part(&(0..length.div_ceil(unit)), parts, index);
    units.start * unit..length.min(units.end * unit)
}

/// Most links of a chain between two visits to C, for chunks of so many rows. Rows of B that meet in few cache sets push
/// each other out if they are many.
fn depth<T: Real>(b: &MatRef<'_, T>, pack_b: bool, rows: usize) -> usize {
    if aliasing(b) && !pack_b {
        return LEAST_DEPTH;
    }
    (KEPT_A_BYTES / (rows * size_of::<T>())).clamp(LEAST_DEPTH, DEPTH)
}
