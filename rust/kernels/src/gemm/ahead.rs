//! What later tiles need, asked of the memory while a tile is computed.

use std::ops::Range;

use super::pack::Block;
use super::parts::Parts;
use crate::prefetch::LINE;
use crate::real::Real;
use crate::simd::{Kernel, Simd};

/// Links of a tile below which nothing is asked for between them.
const FEW_LINKS: usize = 32;

/// Some rows of a matrix, `stride` elements apart, and so many elements of each.
pub(super) struct Rows<T> {
    pub(super) start: *const T,
    pub(super) stride: usize,
    pub(super) count: usize,
    pub(super) width: usize,
}

impl<T: Real> Rows<T> {
    /// No rows.
    pub(super) const NONE: Self = Self { start: std::ptr::null(), stride: 0, count: 0, width: 0 };

    /// Where the lines of row `i` begin; none if there is no such row.
    #[inline(always)]
    fn lines(&self, i: usize) -> impl Iterator<Item = *const T> {
        let row = self.start.wrapping_add(i * self.stride);
        let width = if i < self.count { self.width } else { 0 };
        (0..width).step_by(LINE / size_of::<T>()).map(move |j| row.wrapping_add(j))
    }
}

/// What the tiles down a panel ask for.
pub(super) struct Ahead<T> {
    /// Rows of C that no tile has computed or is about to compute.
    pub(super) below: usize,
    /// The panel that follows.
    pub(super) coming: Option<Coming<T>>,
}

impl<T: Real> Ahead<T> {
    /// What a tile asks for between so many links; nothing if they are too few, and all has been asked for. `c` is the tile
    /// itself.
    ///
    /// # Safety
    /// As [`Block::copy`], for the coming panel.
    #[inline(always)]
    pub(super) unsafe fn of_tile<S: Simd<T>>(&mut self, s: S, c: Rows<T>, links: usize) -> Option<Asked<T>> {
        self.below = self.below.saturating_sub(c.count);
        let start = c.start.wrapping_add(c.count * c.stride);
        let c = Rows { start, count: c.count.min(self.below), ..c };
        // SAFETY: the caller's promise is passed on.
        let b = self.coming.as_mut().map_or(Rows::NONE, |coming| unsafe { coming.fetch(s) });
        let asked = Asked { c, b };
        if links >= FEW_LINKS {
            return Some(asked);
        }
        (0..asked.times()).for_each(|i| asked.ask(s, i));
        None
    }
}

/// The panel that follows, fetched piece by piece along the tiles of the one before: the memory answers while they are
/// computed.
pub(super) struct Coming<T> {
    pub(super) block: Block<T>,
    /// Where it is copied to, and how far apart its rows are there; none if it is computed with in place.
    pub(super) to: Option<(*mut T, usize)>,
    /// The steps of its copy that are left, in as many pieces as there are tiles.
    pub(super) pieces: Parts,
}

impl<T: Real> Coming<T> {
    /// Copies a piece, if it is copied. Returns what the tile asks the memory for: the piece that is copied before the next
    /// tile, or this one.
    ///
    /// # Safety
    /// As [`Block::copy`].
    #[inline(always)]
    unsafe fn fetch<S: Simd<T>>(&mut self, s: S) -> Rows<T> {
        let piece = self.pieces.take_first(1).whole();
        let Some((to, row)) = self.to else {
            return self.block.read_by(&piece);
        };
        s.apart(CopyPiece { block: self.block, piece, to, row });
        self.block.read_by(&self.pieces.first())
    }
}

/// A piece of a copy, in a function of its own: it would be compiled into each shape of a tile. Only [`Coming::fetch`] makes
/// one, whose caller vouches for it.
struct CopyPiece<T> {
    block: Block<T>,
    piece: Range<usize>,
    to: *mut T,
    row: usize,
}

impl<T: Real> Kernel<T> for CopyPiece<T> {
    type Output = ();

    #[inline(always)]
    fn eval<S: Simd<T>>(self, s: S) {
        // SAFETY: the promise of whoever called `fetch`.
        unsafe { self.block.copy_steps(s, self.piece, self.to, self.row) };
    }
}

/// What is asked for: a row of each at a time, between the links of the tile. Asked for all at once the lines wait for each
/// other, and the links for them; which is the better of two evils where there are few links.
pub(super) struct Asked<T> {
    /// The next tile of C.
    c: Rows<T>,
    /// A piece of the next panel of B.
    b: Rows<T>,
}

impl<T: Real> Asked<T> {
    /// How many times there is something to ask for.
    #[inline(always)]
    pub(super) fn times(&self) -> usize {
        self.c.count.max(self.b.count)
    }

    /// Asks for row `i` of each.
    #[inline(always)]
    pub(super) fn ask<S: Simd<T>>(&self, s: S, i: usize) {
        self.c.lines(i).for_each(|line| s.prefetch(line));
        self.b.lines(i).for_each(|line| s.prefetch_far(line));
    }
}
