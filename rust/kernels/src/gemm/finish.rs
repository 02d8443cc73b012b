//! What follows a product, done to a tile while it is hot: column by column of vectors, so that a row costs two moves and
//! the function.

use std::ops::Range;

use super::Epilogue;
use crate::elementwise::{Activation, Biased, Binary, Identity, LogisticGradient, Relu, ReluGradient, TanhGradient};
use crate::real::Real;
use crate::simd::Simd;
use crate::vecmath::{Sigmoid, Tanh};

/// Some rows and columns of C, the first of them at `start`, rows `stride` apart.
pub(super) struct Tile<'a, T> {
    pub(super) rows: &'a Range<usize>,
    pub(super) cols: &'a Range<usize>,
    pub(super) start: *mut T,
    pub(super) stride: usize,
}

/// Applies `epilogue` to a finished tile.
///
/// # Safety
/// The tile is writable, and no other thread touches it.
#[inline(always)]
pub(super) unsafe fn finish<T: Real, S: Simd<T>>(s: S, epilogue: &Epilogue<'_, T>, tile: &Tile<'_, T>) {
    // SAFETY: the tile is the caller's promise; a row of bias holds its columns, a row of output does for each of its rows.
    unsafe {
        match epilogue {
            Epilogue::None => {}
            Epilogue::BiasActivation { bias, activation } => {
                let bias = bias[tile.cols.clone()].as_ptr();
                match activation {
                    Activation::Identity => update(s, Biased(Identity), bias, 0, tile),
                    Activation::Logistic => update(s, Biased(Sigmoid), bias, 0, tile),
                    Activation::Tanh => update(s, Biased(Tanh), bias, 0, tile),
                    Activation::Relu => update(s, Biased(Relu), bias, 0, tile),
                }
            }
            Epilogue::ActivationGradient { activation, output } => {
                let stride = output.row_stride();
                let output = output.row(tile.rows.start)[tile.cols.clone()].as_ptr();
                match activation {
                    Activation::Identity => {}
                    Activation::Logistic => update(s, LogisticGradient, output, stride, tile),
                    Activation::Tanh => update(s, TanhGradient, output, stride, tile),
                    Activation::Relu => update(s, ReluGradient, output, stride, tile),
                }
            }
        }
    }
}

/// `c = function(x, c)` for each element of the tile; x in rows `x_row` apart.
///
/// # Safety
/// As [`finish`]; x holds the tile's columns in each of its rows.
#[inline(always)]
unsafe fn update<T: Real, S: Simd<T>, F: Binary<T>>(s: S, function: F, x: *const T, x_row: usize, tile: &Tile<'_, T>) {
    let (rows, cols) = (tile.rows.len(), tile.cols.len());
    let whole = cols / S::LANES * S::LANES;
    for j in (0..whole).step_by(S::LANES) {
        for i in 0..rows {
            // SAFETY: a whole vector from column j of row i on lies in the tile, and in x.
            unsafe {
                let c = tile.start.add(i * tile.stride + j);
                s.store_ptr(c, function.apply(s, s.load_ptr(x.add(i * x_row + j)), s.load_ptr(c)));
            }
        }
    }
    if whole < cols {
        let tail = s.first(cols - whole);
        for i in 0..rows {
            // SAFETY: the mask marks the elements of row i from column `whole` on, in the tile and in x.
            unsafe {
                let c = tile.start.add(i * tile.stride + whole);
                let x = s.load_first_ptr(x.add(i * x_row + whole), tail);
                s.store_first_ptr(c, function.apply(s, x, s.load_first_ptr(c, tail)), tail);
            }
        }
    }
}
