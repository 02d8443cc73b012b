//! The tile of C that the engines add to: it begins at zero or where C stands, and ends by way of the epilogue.

use std::ops::Range;

use super::engine::SIDE;
use crate::gemm::Epilogue;
use crate::gemm::finish::{After, Tile, finish};
use crate::simd::Simd;

/// Numbers that the memory hands over at a time.
pub(super) const CACHE_LINE: usize = 16;

/// Rows whose sums go through the epilogue together.
const TOGETHER: usize = 8;

/// 32 rows by 32 columns.
#[repr(align(64))]
pub(super) struct Square([f32; SIDE * SIDE]);

/// A part of C: at most as large as a [`Square`].
pub(super) struct Target {
    pub(super) c: *mut f32,
    pub(super) c_row: usize,
    pub(super) rows: Range<usize>,
    pub(super) cols: Range<usize>,
}

impl Target {
    /// Where row `i`, column `j` of it lies.
    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> *mut f32 {
        self.c.wrapping_add((self.rows.start + i) * self.c_row + self.cols.start + j)
    }

    /// Asks the memory for it.
    #[inline(always)]
    pub(super) fn ask_for<S: Simd<f32>>(&self, s: S) {
        for i in 0..self.rows.len() {
            for j in (0..self.cols.len()).step_by(CACHE_LINE) {
                s.prefetch(self.at(i, j).cast_const());
            }
        }
    }
}

impl Square {
    pub(super) fn new() -> Self {
        Self([0.0; SIDE * SIDE])
    }

    pub(super) fn start(&mut self) -> *mut f32 {
        self.0.as_mut_ptr()
    }

    /// Begins at what the target holds.
    ///
    /// # Safety
    /// The target lies in C, and nobody else writes it.
    #[inline(always)]
    pub(super) unsafe fn load<S: Simd<f32>>(&mut self, s: S, target: &Target) {
        let cols = target.cols.len();
        for i in 0..target.rows.len() {
            for j in (0..cols).step_by(S::LANES) {
                // SAFETY: the mask marks columns of the target; the square has room for whole vectors.
                unsafe {
                    let mask = s.first(S::LANES.min(cols - j));
                    s.store_ptr(self.0.as_mut_ptr().add(i * SIDE + j), s.load_first_ptr(target.at(i, j), mask));
                }
            }
        }
    }

    /// Writes to the target, by way of the epilogue.
    ///
    /// # Safety
    /// As [`Self::load`].
    #[inline(always)]
    pub(super) unsafe fn store<S: Simd<f32>>(&self, s: S, target: &Target, epilogue: &Epilogue<'_, f32>) {
        let (rows, cols) = (target.rows.len(), target.cols.len());
        let together = rows / TOGETHER * TOGETHER;
        for j in (0..cols).step_by(S::LANES) {
            let width = S::LANES.min(cols - j);
            // SAFETY: the rows and columns are the target's.
            unsafe {
                for i in (0..together).step_by(TOGETHER) {
                    self.store_column::<S, TOGETHER>(s, target, (i, j), width, epilogue);
                }
                for i in together..rows {
                    self.store_column::<S, 1>(s, target, (i, j), width, epilogue);
                }
            }
        }
        let tile = Tile { rows: &target.rows, cols: &target.cols, start: target.at(0, 0), stride: target.c_row };
        // SAFETY: the tile is the caller's, and nothing else refers to it now.
        unsafe { finish(s, epilogue, &tile) };
    }

    /// Writes a vector of `R` rows each.
    ///
    /// # Safety
    /// As [`Self::load`], with rows and columns within the target.
    #[inline(always)]
    unsafe fn store_column<S: Simd<f32>, const R: usize>(
        &self,
        s: S,
        target: &Target,
        (i, j): (usize, usize),
        width: usize,
        epilogue: &Epilogue<'_, f32>,
    ) {
        let row = target.rows.start + i;
        let col = target.cols.start + j;
        let after = After::of(epilogue, &(row..row + R), &(col..col + width));
        let mask = s.first(width);
        let mut sums = [[s.splat(0.0)]; R];
        // SAFETY: the square has room for whole vectors; the mask marks columns of the target.
        unsafe {
            for (r, sum) in sums.iter_mut().enumerate() {
                sum[0] = s.load_ptr(self.0.as_ptr().add((i + r) * SIDE + j));
            }
            if width == S::LANES {
                after.apply::<S, R, 1, false>(s, mask, &mut sums);
                for (r, [sum]) in sums.into_iter().enumerate() {
                    s.store_ptr(target.at(i + r, j), sum);
                }
            } else {
                after.apply::<S, R, 1, true>(s, mask, &mut sums);
                for (r, [sum]) in sums.into_iter().enumerate() {
                    s.store_first_ptr(target.at(i + r, j), sum, mask);
                }
            }
        }
    }
}
