//! Cuts C into chunks, and decides which operands are worth copying side by side. Shapes no bits, only time.

use std::ops::Range;

use super::narrow::is_narrow;
use super::parts::part;
use super::shallow::is_shallow;
use crate::matrix::MatRef;
use crate::prefetch::LINE;
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

/// Chunks for each thread, so that the last one to finish is not long behind. More of them copy the same operands more often.
const CHUNKS_PER_THREAD: usize = 2;

/// Panels across a chunk from which on the columns are cut rather than the rows, where all of A stays in L2.
const PANELS_TO_CUT: usize = 4;

/// Multiply-adds of a chunk beyond which there are more of them: a millisecond's worth.
const MOST_WORK: usize = 150_000_000;

/// Multiply-adds, times the bytes of an element, that one thread is done with before another has heard of them.
const LEAST_WORK: usize = 1_200_000;

/// Rows below which packing B costs more than it saves, and packing any A does: so few rows wait for B.
const PACK_B_ROWS: usize = 96;

/// Rows from which on packing B pays where its rows meet in one set of L1, and vectors are of 32 bytes: each tile would read
/// it from beyond.
const PACK_ALIASING_B_ROWS: usize = 16;

/// Links from which on so many rows of B push each other out.
const ALIASING_LINKS: usize = 64;

/// Rows of a chunk from which on copying B pays where its vectors lie across cache lines.
const ALIGN_B_ROWS: usize = 128;

/// Links below which it does not.
const ALIGN_B_LINKS: usize = 32;

/// Bytes of a column of a chunk from which on copying a B that crowds L1 pays.
const CROWDED_BYTES: usize = 384;

/// Lines of one set of L1, and bytes from a line to the next of its set, where vectors are of 32 bytes.
const L1_WAYS: usize = 8;
const L1_WAY_BYTES: usize = 4096;

/// Bytes of an operand or of C beyond which it no longer stays in L2 from one tile to the next.
const IN_CACHE_BYTES: usize = 1 << 20;

/// Row strides of a multiple of this many bytes meet in few cache sets.
const ALIASING_STRIDE: usize = 4096;

/// Rows of A times the power of two in their stride, from which on they meet in so few sets of L2 that they push each other
/// out between one panel and the next.
const ALIASING_ROWS: usize = 1 << 20;

/// Panels from which on a copy of A is worth its time there.
const PACK_A_PANELS: usize = 8;

/// Panels from which on it is worth its time anywhere, where vectors are of 32 bytes: a tile has few columns then, and A is
/// read once for each.
const PACK_ANY_A_PANELS: usize = 24;

/// Row strides of A^T from which walking down a column misses the cache.
const FAR_STRIDE: usize = 1024;

/// Panels that may walk down such columns as they lie, if A stays in L2.
const FAR_PANELS: usize = 4;

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
    let chunks = (team.active() * CHUNKS_PER_THREAD).max(work / MOST_WORK);
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

/// Whether a matrix does not stay in L2 from one tile to the next.
fn outgrows_l2<T: Real>(x: &MatRef<'_, T>) -> bool {
    x.rows() * x.cols() * size_of::<T>() > IN_CACHE_BYTES
}

/// Whether the rows of B meet in few cache sets.
fn aliasing<T: Real>(b: &MatRef<'_, T>) -> bool {
    (b.row_stride() * size_of::<T>()).is_multiple_of(ALIASING_STRIDE)
}

/// Whether a vector is a whole cache line, and not half of one.
fn fills_line<T: Real>(lanes: usize) -> bool {
    lanes * size_of::<T>() >= LINE
}

/// A tile walks along rows or down columns of A; with neither side by side there is no other way than a copy. And in a
/// transposed A whose rows lie far apart, a tile touches a cache line for every k and uses half of it or less.
fn pack_a<T: Real>(a: &MatRef<'_, T>, rows: usize, panels: usize, lanes: usize) -> bool {
    if a.rows() <= 1 || a.cols() <= 1 {
        return false;
    }
    if a.col_stride() == 1 {
        let stride = a.row_stride() * size_of::<T>();
        let power_of_two = stride & stride.wrapping_neg();
        let crowds_l2 = rows * power_of_two >= ALIASING_ROWS;
        let reread = !fills_line::<T>(lanes) && rows >= PACK_B_ROWS && panels >= PACK_ANY_A_PANELS;
        return panels >= PACK_A_PANELS && crowds_l2 || reread;
    }
    let far = a.col_stride() * size_of::<T>() >= FAR_STRIDE;
    a.row_stride() != 1 || far && panels > panels_down_far_columns::<T>(outgrows_l2(a), lanes)
}

/// Most panels that walk down far columns of A^T as they lie. Panels are narrower where vectors are, and tiles of elements of
/// four bytes share more of each line.
fn panels_down_far_columns<T: Real>(large: bool, lanes: usize) -> usize {
    match (fills_line::<T>(lanes), large) {
        (true, true) => 0,
        (true, false) => FAR_PANELS,
        (false, true) => lanes / 2,
        (false, false) => lanes,
    }
}

/// Whether B is copied, of whose product with `m` rows a chunk has so many.
fn pack_b<T: Real>(b: &MatRef<'_, T>, m: usize, rows: usize, lanes: usize) -> bool {
    if b.col_stride() != 1 && b.cols() > 1 {
        return true;
    }
    let aliasing = aliasing(b) && b.rows() >= ALIASING_LINKS;
    let aliasing_rows = if fills_line::<T>(lanes) { PACK_B_ROWS } else { PACK_ALIASING_B_ROWS };
    let far = outgrows_l2(b) && m >= PACK_B_ROWS || aliasing && m >= aliasing_rows;
    let crowded = rows * size_of::<T>() >= CROWDED_BYTES && crowds_l1(b, lanes);
    far || crowded || rows >= ALIGN_B_ROWS && b.rows() >= ALIGN_B_LINKS && !is_aligned(b, lanes)
}

/// Whether a panel of B that lies in few sets of L1 is read from L2 again by each tile. Vectors of 64 bytes are whole lines,
/// which come from L2 as fast as they are used.
fn crowds_l1<T: Real>(b: &MatRef<'_, T>, lanes: usize) -> bool {
    let stride = b.row_stride() * size_of::<T>();
    let power_of_two = (stride & stride.wrapping_neg()).clamp(LINE, L1_WAY_BYTES);
    !fills_line::<T>(lanes) && b.rows().min(DEPTH) > L1_WAYS * L1_WAY_BYTES / power_of_two
}

/// Whether no vector of B lies across two cache lines, each of which would have to be read.
fn is_aligned<T: Real>(b: &MatRef<'_, T>, lanes: usize) -> bool {
    let vector = lanes * size_of::<T>();
    b.data().as_ptr().addr().is_multiple_of(vector) && (b.row_stride() * size_of::<T>()).is_multiple_of(vector)
}
