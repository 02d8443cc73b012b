//! A linear model's batch in one pass: where the network is one dot product a row, each row is looked at once.

use thalweg_kernels::linear::{self, MOST_ROWS, Samples, Space};
use thalweg_kernels::{AlignedVec, MatMut, Real, Team};

use super::{Backprop, enter_block};
use crate::data::{Dataset, Input, Rows, converted, rows_from};
use crate::error::{Result, area};
use crate::losses::Prediction;
use crate::network::{Architecture, Network};
use crate::precision::Precision;

/// Rows of a linear model that are looked at between two questions whether to go on.
pub(super) const PASS_ROWS: usize = 16_384;

/// Columns from which on a chunk of rows outgrows the cache.
const PASS_COLUMNS: usize = 4096;

/// Multiply-adds in the time in which a byte comes from memory, times those regions of another step that one pass saves.
pub(super) const WORK_PER_BYTE: usize = 16;

/// Whether the network is one dot product a row, and the rows short enough to be looked at twice in the cache.
pub(super) fn is_one_pass<T: Real>(network: &Network, data: &Dataset<'_, T>) -> bool {
    let Architecture { units, precision, .. } = network.architecture();
    let side_by_side = match data.x() {
        Input::Dense(x) => x.cols() == 1 || x.col_stride() == 1,
        Input::Sparse(_) => false,
        Input::Raw(_) => true,
    };
    let single = units.len() == 2 && units[1] == 1 && *precision == Precision::Native;
    single && data.x().cols() <= PASS_COLUMNS && side_by_side
}

/// What such a network takes.
#[derive(Debug)]
pub(super) struct OnePass<T: Real> {
    space: Space<T>,
    /// Rows that had to be converted, and their places there; empty where none have to be.
    inputs: AlignedVec<T>,
    places: Vec<usize>,
}

impl<T: Real> OnePass<T> {
    /// Space for batches of up to `batch_rows` rows of data of this kind.
    pub(super) fn new(data: &Dataset<'_, T>, batch_rows: usize) -> Result<Self> {
        let (rows, cols) = (batch_rows.min(PASS_ROWS), data.x().cols());
        let kept = if matches!(data.x(), Input::Raw(_)) { rows } else { 0 };
        Ok(Self {
            space: Space::new(rows, cols)?,
            inputs: AlignedVec::zeros(area(kept, cols)?)?,
            places: rows_from(None, kept, "rows")?,
        })
    }
}

impl<T: Real> Backprop<T> {
    /// As [`Self::there_and_back`], by one look at each row.
    pub(super) fn once(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        rows: Rows<'_>,
        weight: f64,
        mut interrupted: impl FnMut() -> bool,
    ) -> Option<f64> {
        let mut total = 0.0;
        for (i, rows) in rows.blocks(PASS_ROWS).enumerate() {
            if i > 0 && interrupted() {
                return None;
            }
            total += self.pass(team, params, data, rows, weight, i == 0);
        }
        Some(total)
    }

    /// A block of [`Self::once`], whose gradient is left where it is the first, and else added to what is there.
    fn pass(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        rows: Rows<'_>,
        weight: f64,
        is_first: bool,
    ) -> f64 {
        let Self { network, loss, gradient_of, one_pass, gradient, block_gradient, .. } = self;
        let Some(OnePass { space, inputs, places }) = one_pass else { return f64::NAN };
        // Where rows lie, and by which number each is called there.
        let (x, numbers) = match data.x() {
            Input::Dense(x) => (x, rows.indices),
            Input::Sparse(_) => return f64::NAN,
            Input::Raw(x) => (converted(team, x, rows.indices, inputs), &places[..rows.len()]),
        };
        let is_converted = matches!(data.x(), Input::Raw(_));
        let row_of = |number: usize| if is_converted { rows.indices[number] } else { number };
        let (layout, output, gradient_of) = (network.layout(), network.architecture().output, *gradient_of);
        let judge = |numbers: &[usize], scores: &mut [T], slopes: &mut [T]| {
            let alone = Team::serial(team.isa());
            let (mut y, mut weights) = ([T::zero(); MOST_ROWS], [T::one(); MOST_ROWS]);
            numbers.iter().zip(&mut y).for_each(|(&number, y)| *y = data.y().at(row_of(number), 0));
            if let Some(all) = data.weights() {
                numbers.iter().zip(&mut weights).for_each(|(&number, weight)| *weight = all[row_of(number)]);
            }
            output.apply(&alone, MatMut::new(scores, numbers.len(), 1));
            let weights = data.weights().map(|_| &weights[..numbers.len()]);
            let prediction = Prediction { y: &y[..numbers.len()], output: scores, weights, outputs: 1 };
            loss.terms(&alone, &prediction, slopes);
            let value = loss.total(&alone, slopes, 1);
            loss.delta(&alone, &prediction, gradient_of, 1.0 / weight, slopes);
            value
        };
        let model =
            linear::Model { weights: &params[layout.weights(0).range()], bias: params[layout.biases(0).offset] };
        let samples = Samples { x, beside: [data.y().data(), data.weights().unwrap_or(&[])] };
        enter_block(team, is_first, gradient, block_gradient, |gradient| {
            let slopes = &mut gradient[layout.weights(0).range()];
            let (value, of_bias) = linear::pass(team, samples, numbers, model, &judge, space, slopes);
            gradient[layout.biases(0).offset] = of_bias;
            value
        })
    }
}
