//! Cuts a product into what fits the caches, and what the threads share. Shapes no bits, only time.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::Range;

use super::engine::{Blocks, Engine, PAIRS, SIDE, Session};
use super::pack::{self, Lines, Order};
use super::tile::{Square, Target};
use crate::aligned::AlignedVec;
use crate::arch::pairs::{PairKernel, Pairs, dispatch_pairs};
use crate::gemm::Epilogue;
use crate::gemm::parts::part;
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
        let packed = scratch(&PACKED_B, B_BLOCKS * PAIRS);
        // SAFETY: the team's path is supported, and the engine is one of it.
        let session = unsafe { self.product.engine.open() };
        let mut square = Square::new();
        let parts = self.parts();
        for index in 0..self.across.len() * parts {
            let now = self.panel_of_b(index, parts);
            // SAFETY: the columns lie in B; the scratch holds the blocks, and is this thread's.
            unsafe { pack::panel((s, p), now.lines, now.cols.len(), now.deep.len(), packed, Order::Pairs) };
            let next = (index + 1 < self.across.len() * parts).then(|| self.panel_of_b(index + 1, parts));
            self.tiles(s, (&session, &mut square), (&now, packed), next.as_ref());
        }
    }
}

/// Some columns of B, and as many of their k as are packed together.
struct Panel {
    cols: Range<usize>,
    /// Blocks of those of the stage.
    blocks: Range<usize>,
    deep: Range<usize>,
    lines: Lines,
}

impl Chunk<'_> {
    /// Parts that the k of a panel of B are packed in.
    #[inline(always)]
    fn parts(&self) -> usize {
        self.k.len().div_ceil(SIDE).div_ceil(B_BLOCKS).max(1)
    }

    /// The panel of B whose turn comes as the `index`-th.
    #[inline(always)]
    fn panel_of_b(&self, index: usize, parts: usize) -> Panel {
        let (product, k) = (self.product, self.k);
        let first = (self.across.start + index / parts) * SIDE;
        let blocks = part(&(0..k.len().div_ceil(SIDE)), parts, index % parts);
        let deep = k.start + blocks.start * SIDE..k.end.min(k.start + blocks.end * SIDE);
        let lines = Lines::rows(&product.b.t(), first, deep.start);
        Panel { cols: first..product.b.cols().min(first + SIDE), blocks, deep, lines }
    }

    /// The tile of C of the `index`-th panel of rows.
    #[inline(always)]
    fn target(&self, index: usize, cols: &Range<usize>) -> Target {
        let first = self.rows.start + (self.down.start + index) * SIDE;
        let rows = first..self.rows.end.min(first + SIDE);
        Target { c: self.product.c, c_row: self.product.c_row, rows, cols: cols.clone() }
    }

    /// Takes the rows through one packed panel of B. Meanwhile the memory is asked for what comes next: the engines are
    /// quicker than it answers.
    #[inline(always)]
    fn tiles<S: Simd<f32>>(
        &self,
        s: S,
        (session, square): (&Session, &mut Square),
        (panel, packed): (&Panel, *const u32),
        next: Option<&Panel>,
    ) {
        let product = self.product;
        let tiles = self.down.len();
        for index in 0..tiles {
            let target = self.target(index, &panel.cols);
            if index + 1 < tiles {
                self.target(index + 1, &panel.cols).ask_for(s);
            }
            if let Some(next) = next {
                next.lines.ask_for(s, next.cols.len(), next.deep.len(), (index, tiles));
            }
            let a = product.panel(self.down.start + index, self.k).wrapping_add(panel.blocks.start * PAIRS);
            let begins = panel.deep.start == 0;
            // SAFETY: the tile lies in C and in this thread's chunk; the panels hold the blocks.
            unsafe {
                if !begins {
                    square.load(s, &target);
                }
                session.multiply(Blocks {
                    a: a.cast_const(),
                    b: packed,
                    count: panel.blocks.len(),
                    begins,
                    c: square.start(),
                    rows: target.rows.len(),
                    cols: target.cols.len(),
                });
                let is_last = panel.deep.end == product.a.cols();
                square.store(s, &target, if is_last { &product.epilogue } else { &Epilogue::None });
            }
        }
    }
}
