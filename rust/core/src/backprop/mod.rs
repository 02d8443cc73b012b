//! Backprop: takes rows of a dataset, sends them through network and loss and back, yields the loss and its gradient.

mod drawn;
mod once;
mod rows;

use thalweg_kernels::elementwise::axpy;
use thalweg_kernels::{AlignedVec, Real, RowBuffers, Team};

use crate::data::{Dataset, Input, Rows};
use crate::error::Result;
use crate::losses::{GradientOf, Loss, Prediction};
use crate::network::{BLOCK_ROWS, Network};
use crate::params::Group;
use crate::signals::{Gathered, signals};

use drawn::Drawing;
use once::{OnePass, PASS_ROWS, WORK_PER_BYTE, is_one_pass};
use rows::{Batch, given, targets};

/// Bytes of parameters up to which each thread takes rows through the whole network: they stay in its cache from band to
/// band. Larger layers are worked on by all threads together, one after the other.
pub(crate) const IN_CACHE_BYTES: usize = 1 << 20;

/// Bands for each thread, so that the last one to finish is not long behind.
const BANDS_PER_THREAD: usize = 2;

/// Rows below which a band is not worth its thread's while.
const LEAST_BAND: usize = 16;

/// A network, its loss, and all the space that a step needs.
#[derive(Debug)]
pub struct Backprop<T: Real> {
    network: Network,
    loss: Loss,
    gradient_of: GradientOf,
    signals: RowBuffers<T>,
    gradient: AlignedVec<T>,
    /// The gradient of a block after the first; empty where a batch is one block.
    block_gradient: AlignedVec<T>,
    /// Whether the gradient of the biases is zero.
    holds_biases: bool,
    /// For a network of a single dot product a row, whose batches are read once.
    one_pass: Option<OnePass<T>>,
    /// The bound on the norm of each row's gradient.
    example_bound: Option<f64>,
    drawing: Option<Drawing<T>>,
}

impl<T: Real> Backprop<T> {
    /// Space for batches of up to `batch_rows` rows of data of this kind.
    ///
    /// # Errors
    /// When memory is short.
    pub fn new(
        network: Network,
        loss: Loss,
        gradient_of: GradientOf,
        data: &Dataset<'_, T>,
        batch_rows: usize,
        gathers: bool,
    ) -> Result<Self> {
        let gathered = Gathered {
            inputs: match data.x() {
                Input::Dense(_) => gathers,
                Input::Sparse(_) => false,
                Input::Raw(_) => true,
            },
            targets: gathers,
            weights: data.weights().is_some(),
        };
        let several = batch_rows > BLOCK_ROWS;
        Ok(Self {
            signals: signals(&network.architecture().units, batch_rows.min(BLOCK_ROWS), gathered)?,
            gradient: network.layout().zeros()?,
            block_gradient: if several { network.layout().zeros()? } else { AlignedVec::zeros(0)? },
            holds_biases: false,
            one_pass: if is_one_pass(&network, data) { Some(OnePass::new(data, batch_rows)?) } else { None },
            example_bound: None,
            drawing: None,
            network,
            loss,
            gradient_of,
        })
    }

    /// The network.
    #[must_use]
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The arena of the gradient, as [`Self::backward`] left it.
    #[must_use]
    pub fn gradient(&self) -> &[T] {
        &self.gradient
    }

    /// As [`Self::gradient`], to add to.
    #[must_use]
    pub fn gradient_mut(&mut self) -> &mut [T] {
        &mut self.gradient
    }

    /// From now on, scales the gradient of each row down to a norm of `bound` over all parameters, where it is larger.
    pub fn clip_examples(&mut self, bound: f64) {
        self.example_bound = Some(bound);
    }

    /// From now on, the gradient of the biases is zero.
    pub fn hold_biases(&mut self) {
        self.holds_biases = true;
    }

    /// Leaves the gradient of the mean loss over `rows`, whose weights sum to `weight > 0`, and returns that mean. Penalties
    /// are the caller's. `interrupted` is asked between blocks of rows; when it says so there is no result.
    pub fn backward(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        rows: Rows<'_>,
        weight: f64,
        interrupted: impl FnMut() -> bool,
    ) -> Option<f64> {
        let total = match (&self.one_pass, self.example_bound) {
            (Some(_), None) => self.once(team, params, data, rows, weight, interrupted),
            _ => self.there_and_back(team, params, data, rows, weight, interrupted),
        };
        if self.holds_biases {
            let biases = self.network.layout().range(Group::Biases);
            self.gradient[biases].fill(T::zero());
        }
        total.map(|total| total / weight)
    }

    /// The loss of some rows, and the sum of their gradients, by way of every layer's outputs.
    fn there_and_back(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        rows: Rows<'_>,
        weight: f64,
        mut interrupted: impl FnMut() -> bool,
    ) -> Option<f64> {
        let mut total = 0.0;
        for (i, rows) in rows.blocks(BLOCK_ROWS).enumerate() {
            if i > 0 && interrupted() {
                return None;
            }
            total += self.block(team, params, data, rows, Some(1.0 / weight));
            let Self { network, signals, gradient, block_gradient, .. } = self;
            enter_block(team, i == 0, gradient, block_gradient, |gradient| {
                network.gradient(team, given(data, rows), (signals, rows.len()), gradient);
            });
        }
        Some(total)
    }

    /// Sends `rows`, whose weights sum to `weight > 0`, forward only, shows each block's outputs to `judge`, and returns the
    /// mean loss.
    pub fn forward(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        rows: Rows<'_>,
        weight: f64,
        mut judge: impl FnMut(&Prediction<'_, T>),
    ) -> f64 {
        let mut total = 0.0;
        for rows in rows.blocks(BLOCK_ROWS) {
            total += self.block(team, params, data, rows, None);
            let (slots, outputs) = (self.network.slots(), self.network.architecture().outputs());
            let signal = |slot| self.signals.get(slot, rows.len()).data();
            let (len, weighted) = (rows.len() * outputs, data.weights().is_some());
            judge(&Prediction {
                y: &targets(data, rows).unwrap_or_else(|| signal(slots.targets()))[..len],
                output: &signal(slots.last_output())[..len],
                weights: weighted.then(|| &signal(slots.weights())[..rows.len()]),
                outputs,
            });
        }
        total / weight
    }

    /// Sends a block of rows forward, and back to the sums of all layers if there is a `scale` for the gradient of the loss.
    /// Returns the loss, not yet divided by the rows' weight.
    fn block(&mut self, team: &Team, params: &[T], data: &Dataset<'_, T>, rows: Rows<'_>, scale: Option<f64>) -> f64 {
        let bands = self.bands(team, rows.len());
        let Self { network, loss, gradient_of, signals, example_bound, .. } = self;
        let (slots, outputs) = (network.slots(), network.architecture().outputs());
        signals.for_each_band(team, rows.len(), bands, &|team, band| {
            let batch = Batch::load(team, data, rows, band, slots);
            network.forward(team, params, batch.x, band);
            batch.with_prediction(band, slots, slots.terms(), |prediction, terms| loss.terms(team, prediction, terms));
            let Some(scale) = scale else { return };
            let factor = if example_bound.is_some() { 1.0 } else { scale };
            batch.with_prediction(band, slots, slots.last_delta(), |prediction, delta| {
                loss.delta(team, prediction, *gradient_of, factor, delta);
            });
            network.backward(team, params, band);
            if let Some(bound) = *example_bound {
                network.clip_examples(batch.x, (bound, scale), band);
            }
        });
        let terms = signals.get(slots.terms(), rows.len());
        loss.total(team, &terms.data()[..rows.len() * outputs], outputs)
    }

    /// What a step on batches of `rows` rows costs, in multiply-adds: each layer works once going forward, and twice going
    /// backward. Where rows are read once it is the time in which they come from memory, and there is a single region to
    /// share out, so threads pay sooner.
    #[must_use]
    pub fn step_work(&self, data: &Dataset<'_, T>, rows: usize) -> usize {
        let row_work = data.x().row_work();
        if self.one_pass.is_some() {
            return (row_work * size_of::<T>() * WORK_PER_BYTE).saturating_mul(rows.min(PASS_ROWS));
        }
        self.network.architecture().forward_work(row_work).saturating_mul(3 * rows.min(BLOCK_ROWS))
    }

    /// How many bands a block of rows is cut into.
    fn bands(&self, team: &Team, rows: usize) -> usize {
        let several = team.active() > 1 && size_of_val(&self.gradient[..]) <= IN_CACHE_BYTES;
        if several { (team.active() * BANDS_PER_THREAD).min(rows / LEAST_BAND).max(1) } else { 1 }
    }
}

/// Has `of_block` write the gradient of a block of rows: to `sum` where it is the first, else to `space`, to be added.
fn enter_block<T: Real, R>(
    team: &Team,
    is_first: bool,
    sum: &mut [T],
    space: &mut [T],
    of_block: impl FnOnce(&mut [T]) -> R,
) -> R {
    if is_first {
        return of_block(sum);
    }
    let result = of_block(space);
    axpy(team, T::one(), space, sum);
    result
}
