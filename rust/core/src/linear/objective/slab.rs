//! A slab: takes consecutive rows chunk by chunk, adds up their loss and gradient.

use thalweg_kernels::gemm::{Epilogue, gemm, gemv};
use thalweg_kernels::reduce::{self, column_sums};
use thalweg_kernels::sparse::{csr_add_transposed, csr_product};
use thalweg_kernels::{AlignedVec, MatMut, MatRef, Real, Team};

use super::pointwise;
use crate::data::{Dataset, Input};
use crate::error::{Result, area, filled};
use crate::linear::SmoothLoss;

/// What a slab needs to know of the model.
pub struct Model<'a, T> {
    pub loss: SmoothLoss,
    /// (features, outputs)
    pub weights: MatRef<'a, T>,
    pub intercept: &'a [T],
}

/// Consecutive rows, and what they add up to.
#[derive(Debug)]
pub struct Slab<T: Real> {
    /// (outputs, features) for dense rows, (features, outputs) for sparse ones.
    pub gradient: AlignedVec<T>,
    pub intercept: Vec<f64>,
    pub loss: f64,
    /// Predictions, then slopes, of a chunk, (rows, outputs).
    slopes: AlignedVec<T>,
    /// Losses of its elements.
    terms: AlignedVec<T>,
    sums: Vec<T>,
}

impl<T: Real> Slab<T> {
    /// A slab for a gradient of `size` elements and chunks of up to `rows` rows.
    pub fn new(size: usize, outputs: usize, rows: usize) -> Result<Self> {
        Ok(Self {
            gradient: AlignedVec::zeros(size)?,
            intercept: filled(outputs, 0.0)?,
            loss: 0.0,
            slopes: AlignedVec::zeros(area(rows, outputs)?)?,
            terms: AlignedVec::zeros(area(rows, outputs)?)?,
            sums: filled(outputs, T::zero())?,
        })
    }

    /// Begins anew.
    pub fn clear(&mut self) {
        self.gradient.fill(T::zero());
        self.intercept.fill(0.0);
        self.loss = 0.0;
    }

    /// Adds the rows from `first` on, `count` of them.
    pub fn add(&mut self, team: &Team, model: &Model<'_, T>, data: &Dataset<'_, T>, first: usize, count: usize) {
        self.predict(team, model, data.x(), first, count);
        self.judge(team, model, data, first, count);
        self.send_back(team, data.x(), first, count);
    }

    /// The products of the rows with the weights.
    fn predict(&mut self, team: &Team, model: &Model<'_, T>, x: Input<'_, T>, first: usize, count: usize) {
        let outputs = model.intercept.len();
        let predictions = &mut self.slopes[..count * outputs];
        match x {
            Input::Dense(x) if outputs == 1 => gemv(team, x.row_range(first, count), model.weights.data(), predictions),
            Input::Dense(x) => {
                let predictions = MatMut::new(predictions, count, outputs);
                gemm(team, x.row_range(first, count), model.weights, predictions, false, Epilogue::None);
            }
            Input::Sparse(x) => csr_product(team.isa(), x, first, model.weights, predictions),
            Input::Raw(_) => {} // refused by the objective
        }
    }

    /// Turns predictions into slopes, and adds up losses.
    fn judge(&mut self, team: &Team, model: &Model<'_, T>, data: &Dataset<'_, T>, first: usize, count: usize) {
        let outputs = model.intercept.len();
        let targets = data.y().cols();
        let rows = pointwise::Rows {
            intercept: model.intercept,
            y: &data.y().data()[first * targets..][..count * targets],
            weights: data.weights().map(|weights| &weights[first..][..count]),
        };
        let slopes = &mut self.slopes[..count * outputs];
        let terms = &mut self.terms[..count * outputs];
        let terms = pointwise::judge(team, model.loss, &rows, slopes, terms);
        self.loss += reduce::sum(team, terms).wide();
        if outputs == 1 {
            self.intercept[0] += reduce::sum(team, slopes).wide();
        } else {
            column_sums(team, MatRef::new(slopes, count, outputs), &mut self.sums);
            self.intercept.iter_mut().zip(&self.sums).for_each(|(total, sum)| *total += sum.wide());
        }
    }

    /// Adds the transposed product of rows and slopes to the gradient.
    fn send_back(&mut self, team: &Team, x: Input<'_, T>, first: usize, count: usize) {
        let outputs = self.intercept.len();
        let slopes = MatRef::new(&self.slopes, count, outputs);
        match x {
            Input::Dense(x) => {
                let gradient = MatMut::new(&mut self.gradient, outputs, x.cols());
                gemm(team, slopes.t(), x.row_range(first, count), gradient, true, Epilogue::None);
            }
            Input::Sparse(x) => csr_add_transposed(team.isa(), x, first, slopes, &mut self.gradient),
            Input::Raw(_) => {} // likewise
        }
    }
}
