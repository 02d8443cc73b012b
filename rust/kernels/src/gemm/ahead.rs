//! What later tiles need, asked of the memory while a tile is computed.

use crate::prefetch::LINE;
use crate::real::Real;
use crate::simd::Simd;

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

/// What is asked for: a row of each at a time, between the links of the tile. Asked for all at once the lines wait for each
/// other, and the links for them; which is the better of two evils where there are few links.
pub(super) struct Ahead<T> {
    /// The next tile of C.
    pub(super) c: Rows<T>,
    /// A piece of the next panel of B.
    pub(super) b: Rows<T>,
}

impl<T: Real> Ahead<T> {
    /// How many times there is something to ask for.
    #[inline(always)]
    pub(super) fn times(&self) -> usize {
        self.c.count.max(self.b.count)
    }

    /// Itself, to be asked for between so many links; nothing if they are too few, and all has been asked for.
    #[inline(always)]
    pub(super) fn between<S: Simd<T>>(self, s: S, links: usize) -> Option<Self> {
        if links >= FEW_LINKS {
            return Some(self);
        }
        (0..self.times()).for_each(|i| self.ask(s, i));
        None
    }

    /// Asks for row `i` of each.
    #[inline(always)]
    pub(super) fn ask<S: Simd<T>>(&self, s: S, i: usize) {
        self.c.lines(i).for_each(|line| s.prefetch(line));
        self.b.lines(i).for_each(|line| s.prefetch_far(line));
    }
}
