//! One thread's part of a product: panel by panel over k and the columns, tile by tile over the rows.

use std::marker::PhantomData;
use std::ops::Range;

use super::Epilogue;
use super::ahead::{Ahead, Coming};
use super::finish::{After, Tile, finish};
use super::narrow;
use super::pack::{self, Block, Scratch, Source};
use super::panels::Share;
use super::parts::Parts;
use super::plan::{Plan, Way};
use super::shallow;
use super::tile::{self, Tiles};
use crate::arch::Isa;
use crate::matrix::{MatMut, MatRef};
use crate::real::Real;
use crate::simd::{Kernel, Simd};
use crate::team::Role;

/// Rows of a chunk from which on the panel that follows is fetched between the tiles of the one before: fewer tiles leave
/// no time for it.
const FETCH_ROWS: usize = 32;

/// A product, shared by the threads that compute it.
pub struct Product<'a, T> {
    pub(super) a: MatRef<'a, T>,
    pub(super) b: MatRef<'a, T>,
    pub(super) c: *mut T,
    /// Elements of C from one row to the next, and from one column to the next.
    pub(super) c_row: usize,
    pub(super) c_col: usize,
    pub(super) accumulate: bool,
    pub(super) epilogue: Epilogue<'a, T>,
    borrows: PhantomData<&'a mut T>,
}

// SAFETY: A, B and the epilogue are only read, and each thread writes the panels of C that it took, and no others.
unsafe impl<T: Real> Sync for Product<'_, T> {}

impl<'a, T: Real> Product<'a, T> {
    pub(super) fn new(
        a: MatRef<'a, T>,
        b: MatRef<'a, T>,
        c: &'a mut MatMut<'_, T>,
        accumulate: bool,
        epilogue: Epilogue<'a, T>,
    ) -> Self {
        let c_row = c.row_stride();
        Self { a, b, c: c.data().as_mut_ptr(), c_row, c_col: 1, accumulate, epilogue, borrows: PhantomData }
    }

    /// C = A B and nothing else, with C row by row from `c` on.
    ///
    /// # Safety
    /// All of C may be written as long as chunks are computed, of which no two threads own the same.
    pub(crate) unsafe fn at(a: MatRef<'a, T>, b: MatRef<'a, T>, c: *mut T) -> Self {
        assert_eq!(a.cols(), b.rows(), "A has {} columns, B has {} rows", a.cols(), b.rows());
        let (c_row, epilogue) = (b.cols(), Epilogue::None);
        Self { a, b, c, c_row, c_col: 1, accumulate: false, epilogue, borrows: PhantomData }
    }

    /// The same product as that of the transposes: C^T = B^T A^T. It has no epilogue.
    pub(super) fn transposed(&self) -> Self {
        assert!(matches!(self.epilogue, Epilogue::None), "an epilogue knows rows from columns");
        Self { a: self.b.t(), b: self.a.t(), c_row: self.c_col, c_col: self.c_row, ..*self }
    }
}

/// Some columns of B for one block of k, in place or copied: element (p, j) at `start + p * row + j`.
struct Panel<T> {
    cols: Range<usize>,
    start: *const T,
    row: usize,
}

/// Rows and columns of C for one thread, and those who help it.
pub struct Chunk<'a, T> {
    pub(super) product: &'a Product<'a, T>,
    pub(super) plan: &'a Plan,
    pub(super) rows: Range<usize>,
    pub(super) cols: Range<usize>,
    /// As what the thread works on it.
    pub(super) role: Role<'a>,
}

impl<T: Real> Kernel<T> for Chunk<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        match (self.plan.way, self.role) {
            (Way::Tiles, _) => {}
            // These have no steps.
            (_, Role::Helper(_)) => return,
            // SAFETY: the chunk's rows are this thread's.
            (Way::Narrow, _) => return unsafe { narrow::run(s, self.product, &self.rows) },
            // SAFETY: the chunk is this thread's.
            (Way::Shallow, _) => return unsafe { shallow::run(s, self.product, &self.rows, &self.cols) },
        }
        let scratch = if self.plan.pack_a || self.plan.pack_b {
            pack::scratch()
        } else {
            Scratch { a: std::ptr::null_mut(), b: [std::ptr::null_mut(); 2] }
        };
        self.run(s, &scratch);
    }
}

/// The chunks of one element type, compiled here and once: they are the largest code of the crate by far, and would be
/// generated again in every crate that multiplies a matrix.
pub trait Compiled: Sized {
    /// Runs a chunk on the path `isa`.
    fn run(isa: Isa, chunk: Chunk<'_, Self>);
}

impl Compiled for f32 {
    #[inline(never)]
    fn run(isa: Isa, chunk: Chunk<'_, Self>) {
        Self::dispatch(isa, chunk);
    }
}

impl Compiled for f64 {
    #[inline(never)]
    fn run(isa: Isa, chunk: Chunk<'_, Self>) {
        Self::dispatch(isa, chunk);
    }
}

impl<T: Real> Chunk<'_, T> {
    #[inline(always)]
    fn run<S: Simd<T>>(&self, s: S, scratch: &Scratch<T>) {
        if self.cols.is_empty() {
            // There may be fewer vectors across than parts.
            return;
        }
        let mut packed = None;
        let mut share = self.first_share::<S>();
        while let Some(Share { first, cols }) = share {
            for (block, k) in Parts::of(&(0..self.product.a.cols()), self.plan.k_parts).enumerate().skip(first) {
                if self.plan.pack_a && packed.replace(block) != Some(block) {
                    self.pack_rows(s, &k, scratch);
                }
                self.panels(s, block, &k, &cols, scratch);
            }
            share = self.next_share::<S>();
        }
    }

    /// The rows of the tiles down a panel of so many columns.
    #[inline(always)]
    fn tiles<S: Simd<T>>(&self, cols: usize) -> Parts {
        let vectors = if self.plan.pack_a {
            // The copy is in tiles already, as high as they are in the widest panel: the first.
            tile::width::<T, S>(self.vectors_from::<S>(self.cols.start))
        } else {
            cols.div_ceil(S::LANES)
        };
        let high = tile::most_rows::<T, S>(vectors);
        // Tiles that are wider than any with more rows are of a single one.
        let tiles = if self.rows.len() <= high.max(1) { 1 } else { self.rows.len().div_ceil(high) };
        Parts::of(&self.rows, tiles)
    }

    /// Copies the chunk's rows of A, strip by strip, each strip as (k, rows): what a tile reads at one k lies side by side.
    #[inline(always)]
    fn pack_rows<S: Simd<T>>(&self, s: S, k: &Range<usize>, scratch: &Scratch<T>) {
        let (a, tiles) = (&self.product.a, self.tiles::<S>(self.cols.len()));
        // Some rows of a transposed A for all strips before the next ones: they are read from end to end.
        let together = if a.row_stride() == 1 { pack::AHEAD } else { k.len().max(1) };
        for p in (0..k.len()).step_by(together) {
            let mut tiles = tiles.clone();
            while !tiles.is_empty() {
                let rows = tiles.take_first(self.plan.strip).whole();
                // SAFETY: rows and k lie in A; the scratch holds the chunk's rows of one block of k.
                unsafe {
                    let start = a.data().as_ptr().add(rows.start * a.row_stride() + (k.start + p) * a.col_stride());
                    let from = Source { start, row: a.col_stride(), col: a.row_stride() };
                    let to = scratch.a.add((rows.start - self.rows.start) * k.len() + p * rows.len());
                    let block = Block { from, rows: together.min(k.len() - p), cols: rows.len() };
                    block.copy(s, to, rows.len());
                }
            }
        }
    }

    /// Walks the panels across some columns for one block of k, as far as nobody else has taken them.
    #[inline(always)]
    fn panels<S: Simd<T>>(&self, s: S, block: usize, k: &Range<usize>, across: &Range<usize>, scratch: &Scratch<T>) {
        let b = &self.product.b;
        let fetches = self.plan.look_ahead && self.rows.len() >= FETCH_ROWS;
        let [mut space, mut other] = scratch.b;
        let mut is_there = false;
        let mut cols = self.next_panel::<S>(block, across.start..across.end);
        while !cols.is_empty() {
            let next = self.next_panel::<S>(block, cols.end..across.end);
            let panel = if self.plan.pack_b {
                let row = cols.len().next_multiple_of(S::LANES);
                if !is_there {
                    // SAFETY: k and cols lie in B; the scratch holds a panel of DEPTH x TILE_VECTORS vectors.
                    unsafe { self.block(k, &cols).copy(s, space, row) };
                }
                Panel { cols, start: space.cast_const(), row }
            } else {
                Panel { start: self.block(k, &cols).from.start, cols, row: b.row_stride() }
            };
            let tiles = self.tiles::<S>(panel.cols.len());
            let is_fetched = fetches && !next.is_empty();
            let coming = is_fetched.then(|| {
                let block = self.block(k, &next);
                let to = self.plan.pack_b.then(|| (other, next.len().next_multiple_of(S::LANES)));
                Coming { pieces: tiles.split(block.steps::<S>()), block, to }
            });
            let ahead = self.plan.look_ahead.then_some(Ahead { below: self.rows.len(), coming });
            self.column_of_tiles(s, k, &panel, tiles, ahead, scratch);
            is_there = is_fetched;
            (space, other) = (other, space);
            cols = next;
        }
    }

    /// Rows `k` and some columns of B.
    #[inline(always)]
    fn block(&self, k: &Range<usize>, cols: &Range<usize>) -> Block<T> {
        let b = &self.product.b;
        // An empty B (no k) has no element to point to; it is not read then.
        let start = b.data().as_ptr().wrapping_add(offset(b, k, cols.start));
        let from = Source { start, row: b.row_stride(), col: b.col_stride() };
        Block { from, rows: k.len(), cols: cols.len() }
    }

    /// Walks the tiles of one panel: those of one height at a time, and of one strip of a copied A.
    #[inline(always)]
    fn column_of_tiles<S: Simd<T>>(
        &self,
        s: S,
        k: &Range<usize>,
        panel: &Panel<T>,
        mut tiles: Parts,
        mut ahead: Option<Ahead<T>>,
        scratch: &Scratch<T>,
    ) {
        let (product, cols) = (self.product, &panel.cols);
        let last = k.end == product.a.cols();
        while !tiles.is_empty() {
            let mut strip = tiles.take_first(self.together());
            let above = strip.whole();
            while !strip.is_empty() {
                let run = strip.take_equal();
                let (rows, high) = (run.whole(), run.first().len());
                let (a, a_row, a_col, a_step) = self.rows_of_a(&above, rows.start, high, k, scratch);
                let mut at = Tiles {
                    count: run.len(),
                    a,
                    a_row,
                    a_col,
                    a_step,
                    b: panel.start,
                    b_row: panel.row,
                    // SAFETY: rows and cols lie in C.
                    c: unsafe { product.c.add(rows.start * product.c_row + cols.start) },
                    c_row: product.c_row,
                    depth: k.len(),
                    ahead: ahead.as_mut(),
                    resume: product.accumulate || k.start > 0,
                    after: if last { After::of(&product.epilogue, &rows, cols) } else { After::Nothing },
                };
                // SAFETY: the operands lie in A (or its copy), B (or its copy) and this thread's chunk of C; the coming
                // columns lie in B, and the scratch holds a panel of DEPTH x TILE_VECTORS vectors.
                unsafe { tile::run(s, high, cols.len(), &mut at) };
            }
        }
        if last {
            // SAFETY: the rows and columns lie in C.
            let start = unsafe { product.c.add(self.rows.start * product.c_row + cols.start) };
            let tile = Tile { rows: &self.rows, cols, start, stride: product.c_row };
            // SAFETY: the tile is this thread's, and nothing else refers to it now.
            unsafe { finish(s, &product.epilogue, &tile) };
        }
    }

    /// Tiles whose rows of A are found from one to the next by one step: all of them, if it is not copied in strips of several.
    #[inline(always)]
    fn together(&self) -> usize {
        if self.plan.copies_strips() { self.plan.strip } else { usize::MAX }
    }

    /// Where the rows of A of tiles `high` rows high begin, from row `first` of a strip on; their strides, and the step to the
    /// next tile's.
    #[inline(always)]
    fn rows_of_a(
        &self,
        strip: &Range<usize>,
        first: usize,
        high: usize,
        k: &Range<usize>,
        scratch: &Scratch<T>,
    ) -> (*const T, usize, usize, usize) {
        if self.plan.copies_strips() {
            let start = (strip.start - self.rows.start) * k.len() + first - strip.start;
            return (scratch.a.wrapping_add(start).cast_const(), 1, strip.len(), high);
        }
        if self.plan.pack_a {
            let start = (first - self.rows.start) * k.len();
            return (scratch.a.wrapping_add(start).cast_const(), 1, high, high * k.len());
        }
        let a = &self.product.a;
        // An empty A (no k) has no element to point to; it is not read then.
        let start = a.data().as_ptr().wrapping_add(first * a.row_stride() + k.start * a.col_stride());
        (start, a.row_stride(), a.col_stride(), high * a.row_stride())
    }
}

/// Offset of element (k.start, column) of B; 0 where there is no k.
#[inline(always)]
fn offset<T: Real>(b: &MatRef<'_, T>, k: &Range<usize>, column: usize) -> usize {
    if k.is_empty() { 0 } else { k.start * b.row_stride() + column * b.col_stride() }
}
