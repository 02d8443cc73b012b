//! The register tile: `R` rows by `V` vectors of C, and the chain of fused multiply-adds over k.

use super::ahead::{Ahead, Asked, Rows};
use super::finish::After;
use super::pack::rows_within;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Tiles of one height, one below the other: where they read and write, strides in elements.
pub(super) struct Tiles<'a, T> {
    /// How many there are.
    pub(super) count: usize,
    /// First element of the first tile's rows of A; element (i, p) at `i * a_row + p * a_col`.
    pub(super) a: *const T,
    pub(super) a_row: usize,
    pub(super) a_col: usize,
    /// From there to the next tile's rows of A.
    pub(super) a_step: usize,
    /// First element of the tiles' columns of B; row p at `p * b_row`, its elements side by side.
    pub(super) b: *const T,
    pub(super) b_row: usize,
    /// First element of the first tile in C.
    pub(super) c: *mut T,
    pub(super) c_row: usize,
    /// Links of the chain: columns of A, rows of B.
    pub(super) depth: usize,
    /// What they ask the memory for.
    pub(super) ahead: Option<&'a mut Ahead<T>>,
    /// Start the chain at C and not at zero.
    pub(super) resume: bool,
    /// What is done to the sums of the first tile at the end.
    pub(super) after: After<T>,
}

/// Most rows of a tile that is so many vectors across; none where no tile is.
pub(super) const fn most_rows<T: Real, S: Simd<T>>(vectors: usize) -> usize {
    if vectors <= S::TILE_VECTORS { S::TILE_ROWS[vectors - 1] } else { 0 }
}

/// Vectors across the next tile where `left` are left to do: as equal as can be, so that 9 are 3 + 3 + 3 and not 4 + 4 + 1.
#[inline(always)]
pub(super) fn width<T: Real, S: Simd<T>>(left: usize) -> usize {
    left.div_ceil(left.div_ceil(S::TILE_VECTORS))
}

/// As [`width`], for a tile of a single row. It has the registers of the other rows as well, and goes as wide as they reach:
/// each row of B is then read in one long piece.
#[inline(always)]
pub(super) fn width_of_row<T: Real, S: Simd<T>>(left: usize) -> usize {
    let most = left.min(S::TILE_SUMS);
    match most {
        24.. => 24,
        12.. => 12,
        6.. => 6,
        _ => most.min(S::TILE_VECTORS),
    }
}

/// Computes tiles of `rows` x `cols`, `rows <= S::TILE_ROWS`, as wide as [`width`] says, or [`width_of_row`].
///
/// # Safety
/// All that `at` describes is readable; the tiles of C are writable and no other thread touches them. `a_row` or `a_col` is 1,
/// unless the tiles are of a single row.
#[inline(always)]
pub(super) unsafe fn run<T: Real, S: Simd<T>>(s: S, rows: usize, cols: usize, at: &mut Tiles<'_, T>) {
    // SAFETY: the caller's promise is passed on unchanged; only the shape becomes a constant. Beyond four vectors there
    // is one row. What a `const` rules out is not compiled for a path.
    unsafe {
        match (cols.div_ceil(S::LANES), cols.is_multiple_of(S::LANES)) {
            (1, true) => by_rows::<T, S, 1, false>(s, rows, cols, at),
            (1, false) => by_rows::<T, S, 1, true>(s, rows, cols, at),
            (2, true) if const { S::TILE_VECTORS >= 2 } => by_rows::<T, S, 2, false>(s, rows, cols, at),
            (2, false) if const { S::TILE_VECTORS >= 2 } => by_rows::<T, S, 2, true>(s, rows, cols, at),
            (3, true) if const { S::TILE_VECTORS >= 3 } => by_rows::<T, S, 3, false>(s, rows, cols, at),
            (3, false) if const { S::TILE_VECTORS >= 3 } => by_rows::<T, S, 3, true>(s, rows, cols, at),
            (4, true) if const { S::TILE_VECTORS >= 4 } => by_rows::<T, S, 4, false>(s, rows, cols, at),
            (4, false) if const { S::TILE_VECTORS >= 4 } => by_rows::<T, S, 4, true>(s, rows, cols, at),
            (6, true) if const { S::TILE_SUMS >= 6 } => tile::<T, S, 1, 6, false>(s, cols, at),
            (6, false) if const { S::TILE_SUMS >= 6 } => tile::<T, S, 1, 6, true>(s, cols, at),
            (12, true) if const { S::TILE_SUMS >= 12 } => tile::<T, S, 1, 12, false>(s, cols, at),
            (12, false) if const { S::TILE_SUMS >= 12 } => tile::<T, S, 1, 12, true>(s, cols, at),
            (24, true) if const { S::TILE_SUMS >= 24 } => tile::<T, S, 1, 24, false>(s, cols, at),
            (24, false) if const { S::TILE_SUMS >= 24 } => tile::<T, S, 1, 24, true>(s, cols, at),
            (wide, _) => unreachable!("a tile of {wide} vectors"),
        }
    }
}

/// `TAIL`: the last vector is partly outside C, and must be masked where it is stored.
#[inline(always)]
unsafe fn by_rows<T: Real, S: Simd<T>, const V: usize, const TAIL: bool>(
    s: S,
    rows: usize,
    cols: usize,
    at: &mut Tiles<'_, T>,
) {
    // SAFETY: the caller's promise is passed on unchanged; only the shape becomes a constant.
    unsafe {
        match rows {
            1 => tile::<T, S, 1, V, TAIL>(s, cols, at),
            2 => tile::<T, S, 2, V, TAIL>(s, cols, at),
            3 if const { most_rows::<T, S>(V) >= 3 } => tile::<T, S, 3, V, TAIL>(s, cols, at),
            4 if const { most_rows::<T, S>(V) >= 4 } => tile::<T, S, 4, V, TAIL>(s, cols, at),
            5 if const { most_rows::<T, S>(V) >= 5 } => tile::<T, S, 5, V, TAIL>(s, cols, at),
            6 if const { most_rows::<T, S>(V) >= 6 } => tile::<T, S, 6, V, TAIL>(s, cols, at),
            7 if const { most_rows::<T, S>(V) >= 7 } => tile::<T, S, 7, V, TAIL>(s, cols, at),
            8 if const { most_rows::<T, S>(V) >= 8 } => tile::<T, S, 8, V, TAIL>(s, cols, at),
            high => unreachable!("a tile of {high} rows"),
        }
    }
}

/// Tiles whose shape is a constant, and whether they walk `DOWN` the columns of A.
struct Shape<'s, 'a, T, const R: usize, const V: usize, const TAIL: bool, const DOWN: bool> {
    cols: usize,
    at: &'s mut Tiles<'a, T>,
}

/// Each shape is a function of its own: compiled into one, the shapes had the compiler keep some of their sums on the stack,
/// at two to four times the time.
///
/// # Safety
/// As [`run`].
#[inline(always)]
unsafe fn tile<T: Real, S: Simd<T>, const R: usize, const V: usize, const TAIL: bool>(
    s: S,
    cols: usize,
    at: &mut Tiles<'_, T>,
) {
    if R == 1 || at.a_row == 1 {
        s.apart(Shape::<'_, '_, T, R, V, TAIL, true> { cols, at });
    } else {
        s.apart(Shape::<'_, '_, T, R, V, TAIL, false> { cols, at });
    }
}

impl<T: Real, const R: usize, const V: usize, const TAIL: bool, const DOWN: bool> Kernel<T>
    for Shape<'_, '_, T, R, V, TAIL, DOWN>
{
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        let Self { cols, at } = self;
        let tail = s.first(cols - (V - 1) * S::LANES);
        for _ in 0..at.count {
            let c = Rows { start: at.c.cast_const(), stride: at.c_row, count: R, width: cols };
            // SAFETY: the caller's promise for the coming panel.
            let asked = at.ahead.as_mut().and_then(|ahead| unsafe { ahead.of_tile(s, c, at.depth) });
            let mut sums = [[s.splat(T::zero()); V]; R];
            if at.resume {
                for (i, row) in sums.iter_mut().enumerate() {
                    // SAFETY: row i < R of the tile lies in C.
                    *row = unsafe { load_row::<T, S, V, TAIL>(s, at.c.add(i * at.c_row), tail) };
                }
            }
            // SAFETY: the caller's promise is passed on; A is walked in the way that its strides make cheap.
            unsafe {
                if DOWN {
                    down_columns::<T, S, R, V, TAIL>(s, cols, at, asked.as_ref(), tail, &mut sums);
                } else {
                    along_rows::<T, S, R, V, TAIL>(s, cols, at, asked.as_ref(), tail, &mut sums);
                }
            }
            // SAFETY: it was made for this tile.
            unsafe { at.after.apply::<S, R, V, TAIL>(s, tail, &mut sums) };
            // SAFETY: the tile lies in C, and is this thread's to write.
            unsafe { store::<T, S, R, V, TAIL>(s, at.c, at.c_row, &sums, tail) };
            at.a = at.a.wrapping_add(at.a_step);
            at.c = at.c.wrapping_add(R * at.c_row);
            at.after = at.after.below(R);
        }
    }
}

/// How many of the last links must not read beyond the tile's columns in B.
///
/// What a link reads there does not count: those lanes are not stored. A masked load would take a slot of the unit that
/// multiplies, and had the compiler keep the sums of the widest tiles on the stack.
#[inline(always)]
fn careful_links<T: Real, S: Simd<T>, const V: usize>(cols: usize, at: &Tiles<'_, T>) -> usize {
    rows_within(V * S::LANES - cols, at.b_row, at.depth)
}

/// The chain where a column of A lies side by side: one pointer, constant offsets.
///
/// # Safety
/// As [`run`], with `a_row == 1`.
#[inline(always)]
unsafe fn down_columns<T: Real, S: Simd<T>, const R: usize, const V: usize, const TAIL: bool>(
    s: S,
    cols: usize,
    at: &Tiles<'_, T>,
    asked: Option<&Asked<T>>,
    tail: S::M,
    sums: &mut [[S::V; V]; R],
) {
    let careful = if TAIL { careful_links::<T, S, V>(cols, at) } else { 0 };
    // SAFETY: row p < depth of B holds the tile's columns, and all vectors if other rows follow; column p of A its rows.
    unsafe {
        let (mut a, mut b, mut left) = (at.a, at.b, at.depth - careful);
        if let Some(asked) = asked {
            let stage = left / (asked.times() + 1);
            for i in 0..asked.times() {
                (a, b) = links_down::<T, S, R, V, false>(s, a, b, at, stage, tail, sums);
                asked.ask(s, i);
                left -= stage;
            }
        }
        (a, b) = links_down::<T, S, R, V, false>(s, a, b, at, left, tail, sums);
        if TAIL {
            links_down::<T, S, R, V, true>(s, a, b, at, careful, tail, sums);
        }
    }
}

/// `count` links from column `a` of A and row `b` of B on; returns where the next ones are.
///
/// # Safety
/// So many columns of A hold the tile's rows, and so many rows of B its columns: all of its vectors, or those within `tail`
/// where `TAIL`.
#[inline(always)]
unsafe fn links_down<T: Real, S: Simd<T>, const R: usize, const V: usize, const TAIL: bool>(
    s: S,
    mut a: *const T,
    mut b: *const T,
    at: &Tiles<'_, T>,
    count: usize,
    tail: S::M,
    sums: &mut [[S::V; V]; R],
) -> (*const T, *const T) {
    // Past the last link the pointers stand one stride on, and are not read; wrapping keeps that defined.
    for _ in 0..count {
        // SAFETY: the caller vouches for this row of B and this column of A.
        unsafe {
            let columns = load_row::<T, S, V, TAIL>(s, b, tail);
            for (i, row) in sums.iter_mut().enumerate() {
                link(s, s.splat(*a.add(i)), &columns, row);
            }
        }
        a = a.wrapping_add(at.a_col);
        b = b.wrapping_add(at.b_row);
    }
    (a, b)
}

/// Links between two advances of the pointers to A's rows.
const UNROLL: usize = 4;

/// The chain where a row of A lies side by side: one pointer a row.
///
/// # Safety
/// As [`run`], with `a_col == 1`.
#[inline(always)]
unsafe fn along_rows<T: Real, S: Simd<T>, const R: usize, const V: usize, const TAIL: bool>(
    s: S,
    cols: usize,
    at: &Tiles<'_, T>,
    asked: Option<&Asked<T>>,
    tail: S::M,
    sums: &mut [[S::V; V]; R],
) {
    let mut rows = [at.a; R];
    for (i, row) in rows.iter_mut().enumerate() {
        *row = at.a.wrapping_add(i * at.a_row);
    }
    let mut b = at.b;
    let careful = if TAIL { careful_links::<T, S, V>(cols, at) } else { 0 };
    let (mut blocks, rest) = ((at.depth - careful) / UNROLL, (at.depth - careful) % UNROLL);
    if let Some(asked) = asked {
        let stage = blocks / (asked.times() + 1);
        for i in 0..asked.times() {
            for _ in 0..stage {
                // SAFETY: the next UNROLL links lie within the depth, with other rows of B behind them if they must.
                b = unsafe { links::<T, S, R, V, false>(s, &mut rows, b, at.b_row, UNROLL, tail, sums) };
            }
            asked.ask(s, i);
            blocks -= stage;
        }
    }
    for _ in 0..blocks {
        // SAFETY: as above.
        b = unsafe { links::<T, S, R, V, false>(s, &mut rows, b, at.b_row, UNROLL, tail, sums) };
    }
    // SAFETY: as above, and these are the last links.
    unsafe {
        b = links::<T, S, R, V, false>(s, &mut rows, b, at.b_row, rest, tail, sums);
        if TAIL {
            links::<T, S, R, V, true>(s, &mut rows, b, at.b_row, careful, tail, sums);
        }
    }
}

/// `count` links from `rows` of A and the rows of B from `b` on; moves the former on, and returns where the next row of B is.
///
/// # Safety
/// So many elements of each row of A are readable, and in so many rows of B the tile's vectors, or what of them is within
/// `tail` where `TAIL`.
#[inline(always)]
unsafe fn links<T: Real, S: Simd<T>, const R: usize, const V: usize, const TAIL: bool>(
    s: S,
    rows: &mut [*const T; R],
    mut b: *const T,
    b_row: usize,
    count: usize,
    tail: S::M,
    sums: &mut [[S::V; V]; R],
) -> *const T {
    for p in 0..count {
        // SAFETY: the caller vouches for row p of B and column p of A.
        unsafe {
            let columns = load_row::<T, S, V, TAIL>(s, b, tail);
            for (a, row) in rows.iter().zip(sums.iter_mut()) {
                link(s, s.splat(*a.add(p)), &columns, row);
            }
        }
        b = b.wrapping_add(b_row);
    }
    for row in rows {
        *row = row.wrapping_add(count);
    }
    b
}

/// One link of the chain for one row of the tile.
#[inline(always)]
fn link<T: Real, S: Simd<T>, const V: usize>(s: S, factor: S::V, columns: &[S::V; V], row: &mut [S::V; V]) {
    for (sum, column) in row.iter_mut().zip(columns) {
        *sum = s.mul_add(factor, *column, *sum);
    }
}

/// # Safety
/// `V` vectors, the last one within `tail` where `TAIL`, are readable from `from`.
#[inline(always)]
pub(super) unsafe fn load_row<T: Real, S: Simd<T>, const V: usize, const TAIL: bool>(
    s: S,
    from: *const T,
    tail: S::M,
) -> [S::V; V] {
    let mut row = [s.splat(T::zero()); V];
    for (v, vector) in row.iter_mut().enumerate() {
        // SAFETY: the vectors before a masked one are whole.
        *vector = unsafe {
            let start = from.add(v * S::LANES);
            if TAIL && v + 1 == V { s.load_first_ptr(start, tail) } else { s.load_ptr(start) }
        };
    }
    row
}

/// Stores whole vectors first and masked ones then: one loop over both is so long that the compiler does not unroll it, and
/// sums that are counted through are kept on the stack all along.
///
/// # Safety
/// `V` vectors, the last one within `tail` where `TAIL`, are writable from each of `R` rows on.
#[inline(always)]
unsafe fn store<T: Real, S: Simd<T>, const R: usize, const V: usize, const TAIL: bool>(
    s: S,
    to: *mut T,
    to_row: usize,
    sums: &[[S::V; V]; R],
    tail: S::M,
) {
    let whole = if TAIL { V - 1 } else { V };
    for (i, row) in sums.iter().enumerate() {
        for (v, vector) in row[..whole].iter().enumerate() {
            // SAFETY: the vectors before a masked one are whole.
            unsafe { s.store_ptr(to.add(i * to_row + v * S::LANES), *vector) };
        }
    }
    if TAIL {
        for (i, row) in sums.iter().enumerate() {
            // SAFETY: the mask marks what is the tile's.
            unsafe { s.store_first_ptr(to.add(i * to_row + whole * S::LANES), row[whole], tail) };
        }
    }
}
