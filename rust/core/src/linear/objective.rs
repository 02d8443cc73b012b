//! The objective of a linear model: loss and exact gradient over all rows, in one pass over X.
//!
//! ```text
//! F(W, b) = sum_i s_i loss(y_i, x_i W + b) / sum_i s_i + l2 / 2 |W|^2
//! ```
//! Rows go through in chunks that fit a cache: product, loss and slopes, and the transposed product while the rows are
//! still there. Chunks belong to *slabs*, each with a gradient of its own; slabs are what threads share, and their
//! gradients are added in order. Chunks and slabs depend on shapes alone, so threads shape no bit.

mod pointwise;
mod slab;

use thalweg_kernels::{AlignedVec, MatRef, Real, Team, reduce};

use super::SmoothLoss;
use crate::data::{Dataset, Input, Rows, not_in_place, rows_from};
use crate::error::{Result, area, filled, require, require_not_negative};
use slab::{Model, Slab};

/// Most slabs: enough for many threads, few enough to be added quickly.
const SLABS: usize = 64;

/// Bytes of the rows of a chunk: half of a small L2.
const CHUNK_BYTES: usize = 1 << 18;

/// Most rows of a chunk.
const CHUNK_ROWS: usize = 256;

/// Rows of a chunk are a multiple of this, for the sake of tiles.
const ROW_GROUP: usize = 16;

/// What an element of a sparse row costs, in multiply-adds of dense ones: it comes alone, and its weight from anywhere.
const SPARSE_WORK: usize = 16;

/// Elements of the gradient that a thread adds up at a time.
const ADDED_AT_ONCE: usize = 4096;

/// Loss and gradient of a linear model over a dataset. The dataset is passed anew each time, so that its owner need not be
/// borrowed in between; the space for an evaluation is kept.
#[derive(Debug)]
pub struct LinearObjective<T: Real> {
    loss: SmoothLoss,
    outputs: usize,
    features: usize,
    rows: usize,
    fit_intercept: bool,
    l2: f64,
    /// Sum of the weights of all rows.
    total: f64,
    chunk_rows: usize,
    slab_rows: usize,
    slabs: Vec<Slab<T>>,
    /// Whether gradients of slabs are of shape (outputs, features), as dense rows have it, or (features, outputs).
    by_output: bool,
    /// (features, outputs)
    weights: AlignedVec<T>,
    intercept: Vec<T>,
    work: usize,
}

impl<T: Real> LinearObjective<T> {
    /// Checks the data, and makes the space for an evaluation.
    ///
    /// # Errors
    /// When a value or a shape is wrong, all weights are zero, or memory is short.
    pub fn new(loss: SmoothLoss, outputs: usize, fit_intercept: bool, l2: f64, data: &Dataset<'_, T>) -> Result<Self> {
        require_not_negative("l2", l2)?;
        loss.check(outputs, data)?;
        let (rows, features) = (data.len(), data.x().cols());
        let all = rows_from(None, rows, "rows")?;
        let total = data.check_weight(Rows { indices: &all, contiguous: true }, "rows")?;
        let size = area(features, outputs)?;
        let row_work = data.x().row_work();
        let element_work = if matches!(data.x(), Input::Sparse(_)) { SPARSE_WORK } else { 1 };
        let fitting = CHUNK_BYTES / (row_work.max(1) * size_of::<T>()) / ROW_GROUP * ROW_GROUP;
        let chunk_rows = fitting.clamp(ROW_GROUP, CHUNK_ROWS);
        // The gradients of the slabs should take less time than the rows do.
        let worth = rows.saturating_mul(row_work) / (4 * features.max(1) * outputs.min(4));
        let slab_rows = rows.div_ceil(worth.clamp(1, SLABS)).div_ceil(chunk_rows) * chunk_rows;
        let slab = || Slab::new(size, outputs, chunk_rows.min(rows));
        Ok(Self {
            loss,
            outputs,
            features,
            rows,
            fit_intercept,
            l2,
            total,
            chunk_rows,
            slab_rows,
            slabs: (0..rows.div_ceil(slab_rows)).map(|_| slab()).collect::<Result<_>>()?,
            by_output: matches!(data.x(), Input::Dense(_)),
            weights: AlignedVec::zeros(size)?,
            intercept: filled(outputs, T::zero())?,
            work: rows.saturating_mul(row_work).saturating_mul(2 * outputs).saturating_mul(element_work),
        })
    }

    /// Number of parameters.
    #[must_use]
    pub fn len(&self) -> usize {
        (self.features + usize::from(self.fit_intercept)) * self.outputs
    }

    /// Whether there is no parameter.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The objective at `params`; its gradient is written to `gradient`. Both are of shape (features, outputs), with one more
    /// row for the intercept. `data` is that given to [`Self::new`].
    ///
    /// # Errors
    /// When a length is wrong, or the data's shape is not that given to [`Self::new`].
    pub fn evaluate(
        &mut self,
        team: &Team,
        data: &Dataset<'_, T>,
        params: &[f64],
        gradient: &mut [f64],
    ) -> Result<f64> {
        self.check(data, params, gradient)?;
        let (weights, intercept) = params.split_at(self.weights.len());
        self.weights.iter_mut().zip(weights).for_each(|(to, from)| *to = T::of(*from));
        self.intercept.iter_mut().zip(intercept).for_each(|(to, from)| *to = T::of(*from));
        team.region(self.work, |team| {
            self.pass(team, data);
            self.add_up(team, gradient);
        });
        let slabs = self.slabs.iter().map(|slab| slab.loss);
        let mut loss = slabs.sum::<f64>() / self.total;
        if self.l2 > 0.0 {
            let serial = Team::serial(team.isa());
            loss += 0.5 * self.l2 * reduce::sum_squares(&serial, weights);
            gradient.iter_mut().zip(weights).for_each(|(g, w)| *g += self.l2 * w);
        }
        Ok(loss)
    }

    fn check(&self, data: &Dataset<'_, T>, params: &[f64], gradient: &[f64]) -> Result<()> {
        if let Input::Raw(_) = data.x() {
            return Err(not_in_place::<T>());
        }
        self.loss.check_widths(self.outputs, data)?;
        data.check_widths(self.features, data.y().cols())?;
        let rule = format_args!("of {} rows, as before", self.rows);
        require(data.len() == self.rows, "X", rule, data.len())?;
        let rule = format_args!("of {} elements", self.len());
        require(params.len() == self.len(), "params", rule, params.len())?;
        require(gradient.len() == self.len(), "gradient", rule, gradient.len())
    }

    /// Fills the slabs.
    fn pass(&mut self, team: &Team, data: &Dataset<'_, T>) {
        let serial = Team::serial(team.isa());
        let (rows, slab_rows, chunk_rows) = (self.rows, self.slab_rows, self.chunk_rows);
        let weights = MatRef::new(&self.weights, self.features, self.outputs);
        let model = Model { loss: self.loss, weights, intercept: &self.intercept };
        team.for_each_part(&mut self.slabs, 1, &|index, slab| {
            let slab = &mut slab[0];
            slab.clear();
            let end = rows.min((index + 1) * slab_rows);
            for first in (index * slab_rows..end).step_by(chunk_rows) {
                slab.add(&serial, &model, data, first, chunk_rows.min(end - first));
            }
        });
    }

    /// Adds up the gradients of the slabs, in order, to the mean.
    fn add_up(&self, team: &Team, gradient: &mut [f64]) {
        let (weights, intercept) = gradient.split_at_mut(self.weights.len());
        let (slabs, outputs, features, by_output) = (&self.slabs, self.outputs, self.features, self.by_output);
        let scale = 1.0 / self.total;
        team.for_each_part(weights, ADDED_AT_ONCE, &|first, part| {
            for (at, sum) in (first..).zip(part) {
                let place = if by_output { at % outputs * features + at / outputs } else { at };
                *sum = slabs.iter().map(|slab| slab.gradient[place].wide()).sum::<f64>() * scale;
            }
        });
        for (k, sum) in intercept.iter_mut().enumerate() {
            *sum = slabs.iter().map(|slab| slab.intercept[k]).sum::<f64>() * scale;
        }
    }
}
