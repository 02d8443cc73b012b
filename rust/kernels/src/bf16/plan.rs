//! Cuts a product into what fits the caches, and what the threads share. Shapes no bits, only time.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Range;

use super::engine::{Blocks, Engine, PAIRS, SIDE};
use super::pack::{self, Lines, Order};
use super::tile::{Square, Target};
use crate::aligned::AlignedVec;
use crate::arch::pairs::{PairKernel, Pairs, dispatch_pairs};
use crate::gemm::Epilogue;
use crate::gemm::plan::part;
use crate::matrix::{MatMut, MatRef};
use crate::simd::Simd;
use crate::team::Team;

/// Blocks of k of a packed A; longer sums are resumed from C.
const A_BLOCKS: usize = 64;

/// Pairs of a packed A, 4 MiB.
const A_PAIRS: usize = 1 << 20;

/// Blocks of k of a packed panel of B: 32 KiB, which stay in the first level of cache while A streams past.
const B_BLOCKS: usize = 16;

/// Chunks for each thread, so that the last one to finish is not long behind.
const CHUNKS_PER_THREAD: usize = 4;

/// Panels of rows below which a chunk is not worth another copy of its panels of B.
const LEAST_PANELS: usize = 4;

thread_local! {
    static PACKED_A: RefCell<Option<AlignedVec<f32>>> = const { RefCell::new(None) };
    static PACKED_B: RefCell<Option<AlignedVec<f32>>> = const { RefCell::new(None) };
}

/// Memory for so many pairs, allocated at its first use; the pointer holds until the thread ends. Nothing that uses it calls
/// anything else that does, so no two uses overlap.
fn scratch(slot: &'static std::thread::LocalKey<RefCell<Option<AlignedVec<f32>>>>, pairs: usize) -> *mut u32 {
    slot.with_borrow_mut(|slot| {
        slot.get_or_insert_with(|| AlignedVec::zeros(pairs).expect("scratch of 4 MiB")).as_mut_ptr().cast()
    })
}

/// A product, shared by the threads that compute it.
struct Product<'a> {
    a: MatRef<'a, f32>,
    b: MatRef<'a, f32>,
    c: *mut f32,
    c_row: usize,
    epilogue: Epilogue<'a, f32>,
    engine: Engine,
    packed: *mut u32,
    borrows: PhantomData<&'a mut f32>,
}

// SAFETY: A, B and the epilogue are only read; each thread writes those panels of the packed A, and later the chunk of C,
// that it claimed, and no other.
unsafe impl Sync for Product<'_> {}

/// Computes `c = a b` and what follows.
pub(super) fn run(
    team: &Team,
    a: MatRef<'_, f32>,
    b: MatRef<'_, f32>,
    c: &mut MatMut<'_, f32>,
    epilogue: Epilogue<'_, f32>,
) {
    let (m, depth, c_row) = (a.rows(), a.cols(), c.row_stride());
    let engine = Engine::of(team.isa());
    let packed = scratch(&PACKED_A, A_PAIRS);
    let product = Product { a, b, c: c.data().as_mut_ptr(), c_row, epilogue, engine, packed, borrows: PhantomData };
    let mut start = 0;
    loop {
        let k = start..depth.min(start + A_BLOCKS * SIDE);
        let height = A_PAIRS / (k.len().div_ceil(SIDE).max(1) * PAIRS) * SIDE;
        for first in (0..m).step_by(height) {
            product.stage(team, first..m.min(first + height), k.clone());
        }
        start = k.end;
        if start == depth {
            return;
        }
    }
}

impl Product<'_> {
    /// The part of some rows and some k.
    fn stage(&self, team: &Team, rows: Range<usize>, k: Range<usize>) {
        let (high, wide) = (rows.len().div_ceil(SIDE), self.b.cols().div_ceil(SIDE));
        let wanted = team.active() * CHUNKS_PER_THREAD;
        let packs = if team.active() > 1 { wanted.min(high) } else { 1 };
        team.for_each(packs, &|index| {
            let panels = part(&(0..high), packs, index);
            dispatch_pairs(team.isa(), PackRows { product: self, rows: &rows, k: &k, panels });
        });
        let (mut row_parts, mut col_parts) = (1, 1);
        if team.active() > 1 {
            col_parts = wanted.min(wide);
            row_parts = (wanted / col_parts).min(high / LEAST_PANELS).max(1);
        }
        team.for_each(row_parts * col_parts, &|index| {
            let down = part(&(0..high), row_parts, index % row_parts);
            let across = part(&(0..wide), col_parts, index / row_parts);
            dispatch_pairs(team.isa(), Chunk { product: self, rows: &rows, k: &k, down, across });
        });
    }

    /// Where the panel of A begins that is the `index`-th of those packed, `k` numbers deep.
    fn panel(&self, index: usize, k: &Range<usize>) -> *mut u32 {
        self.packed.wrapping_add(index * k.len().div_ceil(SIDE) * PAIRS)
    }
}

/// Some panels of A to pack.
struct PackRows<'a> {
    product: &'a Product<'a>,
    rows: &'a Range<usize>,
    k: &'a Range<usize>,
    panels: Range<usize>,
}

impl PairKernel for PackRows<'_> {
    #[inline(always)]
    fn eval<S: Simd<f32>, P: Pairs<S>>(self, s: S, p: P) {
        let Self { product, rows, k, panels } = self;
        for panel in panels {
            let first = rows.start + panel * SIDE;
            let lines = Lines::rows(&product.a, first, k.start);
            // SAFETY: the rows lie in A; the packed A has room for them, and this panel is this thread's.
            unsafe {
                let count = SIDE.min(rows.end - first);
                pack::panel((s, p), lines, count, k.len(), product.panel(panel, k), Order::Lines);
            }
        }
    }
}

/// Panels of rows and panels of columns for one thread.
struct Chunk<'a> {
    product: &'a Product<'a>,
    rows: &'a Range<usize>,
    k: &'a Range<usize>,
    down: Range<usize>,
    across: Range<usize>,
}

impl PairKernel for Chunk<'_> {
    #[inline(always)]
    fn eval<S: Simd<f32>, P: Pairs<S>>(self, s: S, p: P) {
        let Self { product, k, .. } = self;
        let packed = scratch(&PACKED_B, B_BLOCKS * PAIRS);
        let blocks = k.len().div_ceil(SIDE);
        let parts = blocks.div_ceil(B_BLOCKS).max(1);
        let columns = product.b.t();
        for panel in self.across.clone() {
            let cols = panel * SIDE..product.b.cols().min((panel + 1) * SIDE);
            for index in 0..parts {
                let blocks = part(&(0..blocks), parts, index);
                let deep = k.start + blocks.start * SIDE..k.end.min(k.start + blocks.end * SIDE);
                let lines = Lines::rows(&columns, cols.start, deep.start);
                // SAFETY: the columns lie in B; the scratch holds the blocks, and is this thread's.
                unsafe { pack::panel((s, p), lines, cols.len(), deep.len(), packed, Order::Pairs) };
                self.tiles(s, &cols, &blocks, deep, packed);
            }
        }
    }
}

impl Chunk<'_> {
    /// Takes the rows through one packed panel of B.
    #[inline(always)]
    fn tiles<S: Simd<f32>>(
        &self,
        s: S,
        cols: &Range<usize>,
        blocks: &Range<usize>,
        deep: Range<usize>,
        packed: *const u32,
    ) {
        let product = self.product;
        // SAFETY: the team's path is supported, and the engine is one of it.
        let session = unsafe { product.engine.open() };
        let mut square = Square::new();
        for panel in self.down.clone() {
            let first = self.rows.start + panel * SIDE;
            let rows = first..self.rows.end.min(first + SIDE);
            let target = Target { c: product.c, c_row: product.c_row, rows, cols: cols.clone() };
            // SAFETY: the tile lies in C and in this thread's chunk; the panels hold the blocks.
            unsafe {
                let begins = deep.start == 0;
                if !begins {
                    square.load(s, &target);
                }
                session.multiply(Blocks {
                    a: product.panel(panel, self.k).wrapping_add(blocks.start * PAIRS).cast_const(),
                    b: packed,
                    count: blocks.len(),
                    begins,
                    c: square.start(),
                    rows: target.rows.len(),
                    cols: target.cols.len(),
                });
                let is_last = deep.end == product.a.cols();
                square.store(s, &target, if is_last { &product.epilogue } else { &Epilogue::None });
            }
        }
    }
}
