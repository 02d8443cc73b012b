//! Which panels of a chunk a thread takes: all of them, or those that nobody else has taken.

use std::ops::Range;

use super::chunk::Chunk;
use super::parts::part;
use super::tile;
use crate::real::Real;
use crate::simd::Simd;
use crate::team::Role;

/// Panels for which a helper copies the rows of A once more.
const PACK_A_FOR: usize = 2;

/// Some panels of a chunk, from block `first` of k on.
pub(super) struct Share {
    pub(super) first: usize,
    pub(super) cols: Range<usize>,
}

impl<T: Real> Chunk<'_, T> {
    /// What this thread begins with.
    #[inline(always)]
    pub(super) fn first_share<S: Simd<T>>(&self) -> Option<Share> {
        match self.role {
            Role::Helper(_) => self.next_share::<S>(),
            Role::Alone | Role::Owner(_) => Some(Share { first: 0, cols: self.cols.clone() }),
        }
    }

    /// What it goes on with: a helper with some of the panels that are left.
    #[inline(always)]
    pub(super) fn next_share<S: Simd<T>>(&self) -> Option<Share> {
        let Role::Helper(steps) = self.role else { return None };
        let least = if self.plan.pack_a { PACK_A_FOR } else { 1 };
        let panels = self.steps::<S>()?;
        let (first, some) = steps.take_last(panels, least)?;
        let vectors = 0..self.vectors_from::<S>(self.cols.start);
        let column = |panel| self.cols.end.min(self.cols.start + part(&vectors, panels, panel).start * S::LANES);
        Some(Share { first, cols: column(some.start)..column(some.end) })
    }

    /// Panels across the chunk, if they may be shared: a single row has wider ones.
    #[inline(always)]
    fn steps<S: Simd<T>>(&self) -> Option<usize> {
        (self.rows.len() > 1).then(|| self.vectors_from::<S>(self.cols.start).div_ceil(S::TILE_VECTORS))
    }

    /// Vectors across the chunk from column `start` on.
    #[inline(always)]
    pub(super) fn vectors_from<S: Simd<T>>(&self, start: usize) -> usize {
        self.cols.end.saturating_sub(start).div_ceil(S::LANES)
    }

    /// The first panel of the columns that are left; none if there are none, or somebody else has it.
    #[inline(always)]
    pub(super) fn next_panel<S: Simd<T>>(&self, block: usize, left: Range<usize>) -> Range<usize> {
        let is_taken = || match (self.role, self.steps::<S>()) {
            (Role::Owner(steps), Some(panels)) => !steps.take(block, panels),
            _ => false,
        };
        if left.is_empty() || is_taken() { left.start..left.start } else { self.panel_from::<S>(left.start) }
    }

    /// The columns of the panel that begins at column `start`, which lies in the chunk.
    #[inline(always)]
    fn panel_from<S: Simd<T>>(&self, start: usize) -> Range<usize> {
        let left = self.vectors_from::<S>(start);
        // A packed panel is no wider than the scratch.
        let single = self.rows.len() == 1 && !self.plan.pack_b;
        let width = if single { tile::width_of_row::<T, S>(left) } else { tile::width::<T, S>(left) };
        start..self.cols.end.min(start + width * S::LANES)
    }
}
