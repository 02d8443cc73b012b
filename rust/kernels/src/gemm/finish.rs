//! What follows a product: functions of an instruction or two are applied to the sums in their registers ([`After`]), longer
//! ones to a tile that has been stored and is hot, column by column of vectors.

use std::ops::Range;

use super::Epilogue;
use super::tile::load_row;
use crate::elementwise::{Activation, Biased, Binary, Identity, LogisticGradient, Relu, ReluGradient, TanhGradient};
use crate::real::Real;
use crate::simd::Simd;
use crate::vecmath::{Sigmoid, Tanh};

/// Some rows and columns of C, the first of them at `start`, rows `stride` apart.
pub(crate) struct Tile<'a, T> {
    pub(crate) rows: &'a Range<usize>,
    pub(crate) cols: &'a Range<usize>,
    pub(crate) start: *mut T,
    pub(crate) stride: usize,
}

/// What is done to the sums of a tile before they are stored.
#[derive(Clone, Copy)]
pub(crate) enum After<T> {
    Nothing,
    /// Adds a number a column.
    Bias(*const T),
    /// Likewise, and what is negative becomes zero.
    BiasRelu(*const T),
    /// Leaves what stands where the output, whose rows are so many elements apart, is above zero.
    ReluGradient(*const T, usize),
}

impl<T: Real> After<T> {
    /// The part of `epilogue` that is done in registers, for a tile of these rows and columns.
    #[inline(always)]
    pub(crate) fn of(epilogue: &Epilogue<'_, T>, rows: &Range<usize>, cols: &Range<usize>) -> Self {
        match epilogue {
            Epilogue::BiasActivation { bias, activation: Activation::Identity } => {
                Self::Bias(bias[cols.clone()].as_ptr())
            }
            Epilogue::BiasActivation { bias, activation: Activation::Relu } => {
                Self::BiasRelu(bias[cols.clone()].as_ptr())
            }
            Epilogue::ActivationGradient { activation: Activation::Relu, output } => {
                Self::ReluGradient(output.row(rows.start)[cols.clone()].as_ptr(), output.row_stride())
            }
            _ => Self::Nothing,
        }
    }

    /// The same for columns from the `cols`-th one of these on.
    #[inline(always)]
    pub(crate) fn shifted(self, cols: usize) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Bias(bias) => Self::Bias(bias.wrapping_add(cols)),
            Self::BiasRelu(bias) => Self::BiasRelu(bias.wrapping_add(cols)),
            Self::ReluGradient(output, row) => Self::ReluGradient(output.wrapping_add(cols), row),
        }
    }

    /// The same for rows from the `rows`-th one of these on.
    #[inline(always)]
    pub(crate) fn below(self, rows: usize) -> Self {
        match self {
            Self::ReluGradient(output, row) => Self::ReluGradient(output.wrapping_add(rows * row), row),
            same => same,
        }
    }

    /// Applies it to `sums`, `V` vectors across, the last one within `tail` where `TAIL`.
    ///
    /// # Safety
    /// The tile is the one that `self` was made for.
    #[inline(always)]
    pub(crate) unsafe fn apply<S: Simd<T>, const R: usize, const V: usize, const TAIL: bool>(
        self,
        s: S,
        tail: S::M,
        sums: &mut [[S::V; V]; R],
    ) {
        // SAFETY: a row of bias holds the tile's columns, a row of output does for each of its rows.
        unsafe {
            match self {
                Self::Nothing => {}
                Self::Bias(bias) => combine::<T, S, _, R, V, TAIL>(s, Biased(Identity), bias, 0, tail, sums),
                Self::BiasRelu(bias) => combine::<T, S, _, R, V, TAIL>(s, Biased(Relu), bias, 0, tail, sums),
                Self::ReluGradient(output, row) => {
                    combine::<T, S, _, R, V, TAIL>(s, ReluGradient, output, row, tail, sums);
                }
            }
        }
    }
}

/// `sums = function(x, sums)`; x in rows `x_row` apart.
///
/// # Safety
/// x holds the tile's columns in each of its rows.
#[inline(always)]
unsafe fn combine<T: Real, S: Simd<T>, F: Binary<T>, const R: usize, const V: usize, const TAIL: bool>(
    s: S,
    function: F,
    x: *const T,
    x_row: usize,
    tail: S::M,
    sums: &mut [[S::V; V]; R],
) {
    for (i, row) in sums.iter_mut().enumerate() {
        // SAFETY: the caller vouches for row i.
        let x = unsafe { load_row::<T, S, V, TAIL>(s, x.add(i * x_row), tail) };
        for (sum, x) in row.iter_mut().zip(x) {
            *sum = function.apply(s, x, *sum);
        }
    }
}

/// Applies to a finished tile what [`After`] has left of `epilogue`.
///
/// # Safety
/// The tile is writable, and no other thread touches it.
#[inline(always)]
pub(crate) unsafe fn finish<T: Real, S: Simd<T>>(s: S, epilogue: &Epilogue<'_, T>, tile: &Tile<'_, T>) {
    // SAFETY: the tile is the caller's promise; a row of bias holds its columns, a row of output does for each of its rows.
    unsafe {
        match epilogue {
            Epilogue::None => {}
            Epilogue::BiasActivation { bias, activation } => {
                let bias = bias[tile.cols.clone()].as_ptr();
                match activation {
                    Activation::Identity | Activation::Relu => {}
                    Activation::Logistic => update(s, Biased(Sigmoid), bias, 0, tile),
                    Activation::Tanh => update(s, Biased(Tanh), bias, 0, tile),
                }
            }
            Epilogue::ActivationGradient { activation, output } => {
                let stride = output.row_stride();
                let output = output.row(tile.rows.start)[tile.cols.clone()].as_ptr();
                match activation {
                    Activation::Identity | Activation::Relu => {}
                    Activation::Logistic => update(s, LogisticGradient, output, stride, tile),
                    Activation::Tanh => update(s, TanhGradient, output, stride, tile),
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
