//! Whether an operand is worth a copy, in which what a tile reads lies side by side.

use super::plan::DEPTH;
use crate::matrix::MatRef;
use crate::prefetch::LINE;
use crate::real::Real;

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
pub(super) const IN_CACHE_BYTES: usize = 1 << 20;

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

/// Whether A is copied, so many rows of which a chunk takes through so many panels. A tile walks along rows or down columns of
/// A; with neither side by side there is no other way than a copy. And in a transposed A whose rows lie far apart, a tile
/// touches a cache line for every k and uses half of it or less.
pub(super) fn pack_a<T: Real>(a: &MatRef<'_, T>, rows: usize, panels: usize, lanes: usize) -> bool {
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
pub(super) fn pack_b<T: Real>(b: &MatRef<'_, T>, m: usize, rows: usize, lanes: usize) -> bool {
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

/// Whether a matrix does not stay in L2 from one tile to the next.
pub(super) fn outgrows_l2<T: Real>(x: &MatRef<'_, T>) -> bool {
    x.rows() * x.cols() * size_of::<T>() > IN_CACHE_BYTES
}

/// Whether the rows of B meet in few cache sets.
pub(super) fn aliasing<T: Real>(b: &MatRef<'_, T>) -> bool {
    (b.row_stride() * size_of::<T>()).is_multiple_of(ALIASING_STRIDE)
}

/// Whether a vector is a whole cache line, and not half of one.
pub(super) fn fills_line<T: Real>(lanes: usize) -> bool {
    lanes * size_of::<T>() >= LINE
}
