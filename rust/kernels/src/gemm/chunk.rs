//! One thread's part of a product: panel by panel over k and the columns, tile by tile over the rows.

use std::marker::PhantomData;
use std::ops::Range;

use super::Epilogue;
use super::finish::{After, Tile, finish};
use super::pack::{self, Scratch, Source};
use super::plan::{KC, Plan, part};
use super::tile::{self, Operands};
use crate::arch::Isa;
use crate::matrix::{MatMut, MatRef};
use crate::prefetch::LINE;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// A product, shared by the threads that compute it.
pub struct Product<'a, T> {
    a: MatRef<'a, T>,
    b: MatRef<'a, T>,
    c: *mut T,
    c_row: usize,
    accumulate: bool,
    epilogue: Epilogue<'a, T>,
    borrows: PhantomData<&'a mut T>,
}

// SAFETY: A, B and the epilogue are only read, and each thread writes the chunk of C that it claimed, and no other.
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
        Self { a, b, c: c.data().as_mut_ptr(), c_row, accumulate, epilogue, borrows: PhantomData }
    }
}

/// Some columns of B for one block of k, in place or copied: element (p, j) at `start + p * row + j`.
struct Panel<T> {
    cols: Range<usize>,
    start: *const T,
    row: usize,
}

/// The panel that follows, copied piece by piece between the tiles of the one before: the memory answers while they are
/// computed.
struct Coming<T> {
    cols: Range<usize>,
    to: *mut T,
    row: usize,
}

/// Rows and columns of C for one thread.
pub struct Chunk<'a, T> {
    pub(super) product: &'a Product<'a, T>,
    pub(super) plan: &'a Plan,
    pub(super) rows: Range<usize>,
    pub(super) cols: Range<usize>,
}

impl<T: Real> Kernel<T> for Chunk<'_, T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
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
        let depth = self.product.a.cols();
        let blocks = depth.div_ceil(KC).max(1);
        for block in 0..blocks {
            let k = block * KC..depth.min((block + 1) * KC);
            if self.plan.pack_a {
                self.pack_rows(s, &k, scratch);
            }
            self.panels(s, &k, block + 1 == blocks, scratch);
        }
    }

    /// Number of tiles down the chunk.
    #[inline(always)]
    fn tiles<S: Simd<T>>(&self) -> usize {
        self.rows.len().div_ceil(S::TILE_ROWS)
    }

    /// Copies the chunk's rows of A, tile by tile, each tile as (k, rows): what a tile reads at one k lies side by side.
    #[inline(always)]
    fn pack_rows<S: Simd<T>>(&self, s: S, k: &Range<usize>, scratch: &Scratch<T>) {
        let a = &self.product.a;
        for index in 0..self.tiles::<S>() {
            let rows = part(&self.rows, self.tiles::<S>(), index);
            // SAFETY: rows and k lie in A; the scratch holds CHUNK_ROWS x KC elements, and these are before `rows.end`.
            unsafe {
                let start = a.data().as_ptr().add(rows.start * a.row_stride() + k.start * a.col_stride());
                let from = Source { start, row: a.col_stride(), col: a.row_stride() };
                let to = scratch.a.add((rows.start - self.rows.start) * k.len());
                pack::copy(s, from, k.len(), rows.len(), to, rows.len());
            }
        }
    }

    /// Walks the panels of the chunk for one block of k.
    #[inline(always)]
    fn panels<S: Simd<T>>(&self, s: S, k: &Range<usize>, last: bool, scratch: &Scratch<T>) {
        let b = &self.product.b;
        let copies_ahead = self.plan.pack_b && self.plan.look_ahead && b.col_stride() == 1;
        let [mut space, mut other] = scratch.b;
        let mut is_there = false;
        let mut cols = self.panel_from::<S>(self.cols.start);
        while !cols.is_empty() {
            let next = self.panel_from::<S>(cols.end);
            let panel = if self.plan.pack_b {
                let row = cols.len().next_multiple_of(S::LANES);
                if !is_there {
                    // SAFETY: k and cols lie in B; the scratch holds a panel of KC x TILE_VECTORS vectors.
                    unsafe { pack::copy(s, self.source(k, cols.start), k.len(), cols.len(), space, row) };
                }
                Panel { cols, start: space.cast_const(), row }
            } else {
                Panel { start: self.source(k, cols.start).start, cols, row: b.row_stride() }
            };
            is_there = copies_ahead && !next.is_empty();
            let row = next.len().next_multiple_of(S::LANES);
            let coming = is_there.then(|| Coming { cols: next.clone(), to: other, row });
            self.column_of_tiles(s, k, &panel, coming.as_ref(), last, scratch);
            if is_there {
                (space, other) = (other, space);
            }
            cols = next;
        }
    }

    /// The columns of the panel that begins at column `start`; none at the chunk's end.
    #[inline(always)]
    fn panel_from<S: Simd<T>>(&self, start: usize) -> Range<usize> {
        let left = self.cols.end.saturating_sub(start).div_ceil(S::LANES);
        if left == 0 {
            return start..start;
        }
        // A packed panel is no wider than the scratch.
        let single = self.rows.len() == 1 && !self.plan.pack_b;
        let width = if single { tile::width_of_row::<T, S>(left) } else { tile::width::<T, S>(left) };
        start..self.cols.end.min(start + width * S::LANES)
    }

    /// Rows `k` of B from column `column` on.
    #[inline(always)]
    fn source(&self, k: &Range<usize>, column: usize) -> Source<T> {
        let b = &self.product.b;
        // An empty B (no k) has no element to point to; it is not read then.
        let start = b.data().as_ptr().wrapping_add(offset(b, k, column));
        Source { start, row: b.row_stride(), col: b.col_stride() }
    }

    /// Walks the tiles of one panel.
    #[inline(always)]
    fn column_of_tiles<S: Simd<T>>(
        &self,
        s: S,
        k: &Range<usize>,
        panel: &Panel<T>,
        coming: Option<&Coming<T>>,
        last: bool,
        scratch: &Scratch<T>,
    ) {
        let (product, cols, tiles) = (self.product, &panel.cols, self.tiles::<S>());
        for index in 0..tiles {
            let rows = part(&self.rows, tiles, index);
            if self.plan.look_ahead {
                self.ask_for_c(s, rows.end, cols);
            }
            if let Some(coming) = coming {
                let p = part(k, tiles, index);
                // SAFETY: p and the coming columns lie in B; the scratch holds a panel of KC x TILE_VECTORS vectors.
                unsafe {
                    let to = coming.to.add((p.start - k.start) * coming.row);
                    pack::copy(s, self.source(&p, coming.cols.start), p.len(), coming.cols.len(), to, coming.row);
                }
            }
            let (a, a_row, a_col) = self.rows_of_a(&rows, k, scratch);
            // SAFETY: rows and cols lie in C.
            let c = unsafe { product.c.add(rows.start * product.c_row + cols.start) };
            let resume = product.accumulate || k.start > 0;
            let (b, b_row) = (panel.start, panel.row);
            let after = if last { After::of(&product.epilogue, &rows, cols) } else { After::Nothing };
            let at = Operands { a, a_row, a_col, b, b_row, c, c_row: product.c_row, depth: k.len(), resume, after };
            // SAFETY: the operands lie in A (or its copy), B (or its copy) and this thread's chunk of C.
            unsafe { tile::run(s, rows.len(), cols.len(), at) };
            if last {
                let tile = Tile { rows: &rows, cols, start: c, stride: product.c_row };
                // SAFETY: the tile is this thread's, and nothing else refers to it now.
                unsafe { finish(s, &product.epilogue, &tile) };
            }
        }
    }

    /// Asks the memory for the next tile of C, from row `row` on: short rows far apart are beyond the hardware's own
    /// foresight.
    #[inline(always)]
    fn ask_for_c<S: Simd<T>>(&self, s: S, row: usize, cols: &Range<usize>) {
        let product = self.product;
        for i in row..self.rows.end.min(row + S::TILE_ROWS) {
            let row = product.c.wrapping_add(i * product.c_row).cast_const();
            for j in cols.clone().step_by(LINE / size_of::<T>()) {
                s.prefetch(row.wrapping_add(j));
            }
        }
    }

    /// Where a tile's rows of A begin, and their strides.
    #[inline(always)]
    fn rows_of_a(&self, rows: &Range<usize>, k: &Range<usize>, scratch: &Scratch<T>) -> (*const T, usize, usize) {
        if self.plan.pack_a {
            let start = scratch.a.wrapping_add((rows.start - self.rows.start) * k.len());
            return (start.cast_const(), 1, rows.len());
        }
        let a = &self.product.a;
        // An empty A (no k) has no element to point to; it is not read then.
        let start = a.data().as_ptr().wrapping_add(rows.start * a.row_stride() + k.start * a.col_stride());
        // A single row has no stride: 1 lets the tile walk by `a_col` alone.
        (start, if rows.len() == 1 { 1 } else { a.row_stride() }, a.col_stride())
    }
}

/// Offset of element (k.start, column) of B; 0 where there is no k.
#[inline(always)]
fn offset<T: Real>(b: &MatRef<'_, T>, k: &Range<usize>, column: usize) -> usize {
    if k.is_empty() { 0 } else { k.start * b.row_stride() + column * b.col_stride() }
}
