//! Prediction: takes rows and a network as its user holds it, yields outputs, or what is read from them.
//!
//! Rows concern no other rows, so a thread takes a block of them through everything, from the look for infinity to the
//! label, while they are in its cache; threads do not meet before the end. Weights are read where they lie: the products
//! pack what pays to be packed, which for a block of rows is a small part of the work, and for a single row would be more
//! than all of it. So nothing is kept from call to call that could become out of date.

use std::sync::atomic::{AtomicBool, Ordering};

use thalweg_kernels::reduce::all_finite;
use thalweg_kernels::{AlignedVec, MatMut, MatRef, Real, Team};

use crate::activations::{Hidden, Output};
use crate::backprop::IN_CACHE_BYTES;
use crate::data::{Input, converted};
use crate::error::{Result, area, filled, require};
use crate::layers::dense::{self, Signal};
use crate::math::argmax;
use crate::network::BLOCK_ROWS;
use crate::precision::Precision;

/// Rows that a thread takes through the network together: their signals stay in its cache.
const BAND_ROWS: usize = 128;

/// Bands for each thread at least, so that the last one to finish is not long behind.
const BANDS_PER_THREAD: usize = 2;

/// Bands are a multiple of this many rows high: the heights of a product's register tiles, more or less.
const ROWS_STEP: usize = 8;

/// A network as its user holds it: one weight matrix, of shape (in, out), and one bias, of shape (out,), a layer.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a, T> {
    /// Weights, C-contiguous.
    pub coefs: &'a [MatRef<'a, T>],
    /// Biases.
    pub intercepts: &'a [&'a [T]],
    /// After each hidden layer.
    pub activation: Hidden,
    /// After the last layer.
    pub output: Output,
    /// Of the operands of its products.
    pub precision: Precision,
}

impl<T: Real> Layers<'_, T> {
    /// What a forward pass of `rows` rows costs, in multiply-adds. For few rows that is the time in which the weights come
    /// from memory or the last cache: about four multiply-adds a byte.
    #[must_use]
    pub fn work(&self, rows: usize) -> usize {
        let weights = self.coefs.iter().map(|weights| weights.rows().saturating_mul(weights.cols()));
        weights.fold(0, usize::saturating_add).saturating_mul(rows.max(4 * size_of::<T>()))
    }

    /// Checks the shapes; returns the number of outputs.
    fn check(&self, x: &Input<'_, T>) -> Result<usize> {
        let (coefs, intercepts) = (self.coefs, self.intercepts);
        self.precision.check(x)?;
        require(!coefs.is_empty(), "coefs_", "at least one matrix", coefs.len())?;
        let rule = format_args!("{} vectors, one a matrix of `coefs_`", coefs.len());
        require(intercepts.len() == coefs.len(), "intercepts_", rule, intercepts.len())?;
        let mut width = x.cols();
        for (i, (weights, bias)) in coefs.iter().zip(intercepts).enumerate() {
            let name = format_args!("coefs_[{i}]");
            require(weights.rows() == width, name, format_args!("of {width} rows"), weights.rows())?;
            width = weights.cols();
            let strides = (weights.row_stride(), weights.col_stride());
            require(strides == (width, 1), name, "C-contiguous", format_args!("strides {strides:?}"))?;
            let name = format_args!("intercepts_[{i}]");
            require(bias.len() == width, name, format_args!("of length {width}"), bias.len())?;
        }
        require(width > 0, "coefs_", "of at least one output", width)?;
        Ok(width)
    }
}

/// What is wanted of each row, flat, and where it goes.
#[derive(Debug)]
pub enum Wanted<'a, T> {
    /// The outputs, of shape (rows, outputs).
    Outputs(&'a mut [T]),
    /// Of a single output p, 1 - p and p: (rows, 2).
    Both(&'a mut [T]),
    /// The number of the largest output: (rows,).
    Largest(&'a mut [i64]),
    /// 1 for each output above one half, else 0: (rows, outputs).
    AboveHalf(&'a mut [i64]),
}

impl<T: Real> Wanted<'_, T> {
    fn check(&self, rows: usize, outputs: usize) -> Result<()> {
        let (got, width) = match self {
            Self::Outputs(out) => (out.len(), outputs),
            Self::Both(out) => (out.len(), 2),
            Self::Largest(out) => (out.len(), 1),
            Self::AboveHalf(out) => (out.len(), outputs),
        };
        let single = !matches!(self, Self::Both(_)) || outputs == 1;
        require(single, "coefs_", "of a single output, for both probabilities of it", outputs)?;
        let len = area(rows, width)?;
        require(got == len, "out", format_args!("of length {len}"), got)
    }
}

/// Sends every row of `x`, of shape (samples, features), through the network, and writes what is wanted of it. Returns
/// whether all elements of `x` are finite, where that is to be checked; where one is not, what was written is of no use.
/// Memory is bounded by [`BLOCK_ROWS`]; a small job starts no threads.
///
/// # Errors
/// When shapes do not agree, or memory is short.
pub fn predict<T: Real>(
    team: &Team,
    x: Input<'_, T>,
    layers: Layers<'_, T>,
    wanted: Wanted<'_, T>,
    check_finite: bool,
) -> Result<bool> {
    let outputs = layers.check(&x)?;
    wanted.check(x.rows(), outputs)?;
    let job = Job { x, layers, outputs, check_finite, finite: AtomicBool::new(true) };
    team.region(layers.work(x.rows()), |team| match wanted {
        Wanted::Outputs(out) => job.run(team, out, outputs, |p, out| out.copy_from_slice(p)),
        Wanted::Both(out) => job.run(team, out, 2, |p, out| {
            for (p, out) in p.iter().zip(out.chunks_exact_mut(2)) {
                out.copy_from_slice(&[T::one() - *p, *p]);
            }
        }),
        Wanted::Largest(out) => job.run(team, out, 1, |p, out| {
            for (p, out) in p.chunks_exact(outputs).zip(out) {
                *out = argmax(p) as i64;
            }
        }),
        Wanted::AboveHalf(out) => job.run(team, out, outputs, |p, out| {
            for (p, out) in p.iter().zip(out) {
                *out = i64::from(*p > T::of(0.5));
            }
        }),
    })?;
    Ok(job.finite.into_inner())
}

/// A prediction, shared by the threads that make it.
struct Job<'a, T> {
    x: Input<'a, T>,
    layers: Layers<'a, T>,
    outputs: usize,
    check_finite: bool,
    finite: AtomicBool,
}

/// What a block of rows takes.
struct Space<T: Real> {
    signals: [AlignedVec<T>; 2],
    outputs: AlignedVec<T>,
    /// Rows that had to be converted.
    inputs: AlignedVec<T>,
    /// Numbers of rows that are not a view.
    numbers: Vec<usize>,
}

impl<T: Real> Job<'_, T> {
    /// Goes through the rows block by block; `read` turns the outputs of a block into what is wanted, `width` elements a row.
    fn run<E: Send>(
        &self,
        team: &Team,
        out: &mut [E],
        width: usize,
        read: impl Fn(&[T], &mut [E]) + Sync,
    ) -> Result<()> {
        // Parameters that outgrow a core's cache are worked on by all threads together, layer by layer.
        let weights: usize = self.layers.coefs.iter().map(|weights| weights.rows() * weights.cols()).sum();
        let in_cache = weights * size_of::<T>() <= IN_CACHE_BYTES;
        let (rows, threads) = (self.x.rows(), if in_cache { team.active() } else { 1 });
        let even = rows.div_ceil(threads * BANDS_PER_THREAD).next_multiple_of(ROWS_STEP);
        let height = match (in_cache, threads) {
            (false, _) => BLOCK_ROWS,
            (true, 1) => BAND_ROWS,
            (true, _) => BAND_ROWS.min(even),
        };
        let height = height.min(rows);
        let mut spaces = (0..threads).map(|_| self.space(height)).collect::<Result<Vec<_>>>()?;
        let serial = Team::serial(team.isa());
        let team_of_block = if threads == 1 { team } else { &serial };
        team.for_each_part_with(out, height * width, &mut spaces, &|space, offset, out| {
            let count = out.len() / width;
            if self.finite.load(Ordering::Relaxed) && self.block(team_of_block, space, offset / width, count) {
                read(&space.outputs[..count * self.outputs], out);
            }
        });
        Ok(())
    }

    fn space(&self, rows: usize) -> Result<Space<T>> {
        let hidden = &self.layers.coefs[..self.layers.coefs.len() - 1];
        let widest = hidden.iter().map(MatRef::cols).max().unwrap_or(0);
        let buffer = |cols: usize| -> Result<AlignedVec<T>> { Ok(AlignedVec::zeros(area(rows, cols)?)?) };
        Ok(Space {
            // The first hidden layer writes to the second of them, and reads neither.
            signals: [buffer(if hidden.len() > 1 { widest } else { 0 })?, buffer(widest)?],
            outputs: buffer(self.outputs)?,
            inputs: buffer(if matches!(self.x, Input::Raw(_)) { self.x.cols() } else { 0 })?,
            numbers: filled(if matches!(self.x, Input::Dense(_)) { 0 } else { rows }, 0)?,
        })
    }

    /// Leaves the outputs of `count` rows from `first` on in the space. Returns false where an element is not finite.
    fn block(&self, team: &Team, space: &mut Space<T>, first: usize, count: usize) -> bool {
        let Space { signals, outputs, inputs, numbers } = space;
        numbers.iter_mut().enumerate().for_each(|(i, number)| *number = first + i);
        let input = match self.x {
            Input::Dense(x) => Signal::Dense(x.row_range(first, count)),
            Input::Sparse(x) => Signal::Sparse(x, &numbers[..count]),
            Input::Raw(x) => Signal::Dense(converted(team, x, &numbers[..count], inputs)),
        };
        if self.check_finite && !is_finite(team, input) {
            self.finite.store(false, Ordering::Relaxed);
            return false;
        }
        let (layers, last) = (&self.layers, self.layers.coefs.len() - 1);
        let [mut before, mut after] = signals.each_mut();
        for layer in 0..=last {
            let (weights, bias) = (layers.coefs[layer], layers.intercepts[layer]);
            let input = if layer == 0 { input } else { Signal::Dense(MatRef::new(before, count, weights.rows())) };
            let activation = if layer < last { layers.activation } else { Hidden::Identity };
            let space: &mut [T] = if layer < last { after } else { outputs };
            let output = MatMut::new(space, count, weights.cols());
            dense::forward(team, input, weights, bias, activation.kernel(), layers.precision, output);
            std::mem::swap(&mut before, &mut after);
        }
        layers.output.apply(team, MatMut::new(outputs, count, self.outputs));
        true
    }
}

/// Whether no element of some rows is infinite or NaN.
fn is_finite<T: Real>(team: &Team, rows: Signal<'_, T>) -> bool {
    match rows {
        Signal::Dense(x) if x.row_stride() == x.cols() && x.col_stride() == 1 => {
            all_finite(team, &x.data()[..x.rows() * x.cols()])
        }
        Signal::Dense(x) => (0..x.rows()).all(|i| (0..x.cols()).all(|j| x.at(i, j).is_finite())),
        Signal::Sparse(x, rows) => rows.iter().all(|row| all_finite(team, x.row(*row).1)),
    }
}
