//! Backprop: takes rows of a dataset, sends them through network and loss and back, yields the loss and its gradient.

use thalweg_kernels::elementwise::axpy;
use thalweg_kernels::linear::{self, MOST_ROWS, Samples, Space};
use thalweg_kernels::{AlignedVec, MatMut, MatRef, Real, Team};

use crate::data::{Dataset, Input, Rows};
use crate::error::{Error, Result, area, filled, require};
use crate::layers::dense::Signal;
use crate::losses::{GradientOf, Likelihood, Loss, Prediction};
use crate::network::{BLOCK_ROWS, Network, Signals};
use crate::params::Group;
use crate::random::Numbers;

/// Rows of a linear model that are looked at between two questions whether to go on.
const PASS_ROWS: usize = 16_384;

/// Columns from which on a chunk of rows outgrows the cache.
const PASS_COLUMNS: usize = 4096;

/// Multiply-adds in the time in which a byte comes from memory, times those regions of another step that one pass saves.
const WORK_PER_BYTE: usize = 16;

/// A network, its loss, and all the space that a step needs.
#[derive(Debug)]
pub struct Backprop<T: Real> {
    network: Network,
    loss: Loss,
    gradient_of: GradientOf,
    block: Block<T>,
    signals: Signals<T>,
    /// The terms of the loss, (rows, outputs).
    terms: AlignedVec<T>,
    gradient: AlignedVec<T>,
    /// The gradient of a block after the first; empty where a batch is one block.
    block_gradient: AlignedVec<T>,
    /// Whether the gradient of the biases is zero.
    holds_biases: bool,
    /// For a network of a single dot product a row, whose batches are read once.
    one_pass: Option<Space<T>>,
    /// The bound on the norm of each row's gradient, and the squares of the norms of a block's rows.
    example_clip: Option<(f64, Vec<f64>)>,
    drawing: Option<Drawing<T>>,
}

/// What a gradient by targets of the model's own takes.
#[derive(Debug)]
struct Drawing<T: Real> {
    likelihood: Likelihood,
    targets: AlignedVec<T>,
    gradient: AlignedVec<T>,
}

/// Rows brought side by side, where they are not so in the dataset.
#[derive(Debug)]
struct Block<T: Real> {
    inputs: AlignedVec<T>,
    targets: AlignedVec<T>,
    weights: AlignedVec<T>,
}

/// What a block of rows says: inputs, targets and weights.
struct Batch<'a, T> {
    input: Signal<'a, T>,
    y: &'a [T],
    weights: Option<&'a [T]>,
}

impl<T: Real> Block<T> {
    fn new(rows: usize, features: usize, outputs: usize, weighted: bool) -> Result<Self> {
        Ok(Self {
            inputs: AlignedVec::zeros(area(rows, features)?)?,
            targets: AlignedVec::zeros(area(rows, outputs)?)?,
            weights: AlignedVec::zeros(if weighted { rows } else { 0 })?,
        })
    }

    fn load<'a>(&'a mut self, team: &Team, data: &Dataset<'a, T>, rows: Rows<'a>) -> Batch<'a, T> {
        let input = match data.x() {
            Input::Dense(x) => Signal::Dense(rows.of(team, x, &mut self.inputs)),
            Input::Sparse(x) => Signal::Sparse(x, rows.indices),
        };
        let y = rows.of(team, data.y(), &mut self.targets);
        let weights = data.weights().map(|weights| {
            let space = &mut self.weights[..rows.len()];
            space.iter_mut().zip(rows.indices).for_each(|(space, &row)| *space = weights[row]);
            &*space
        });
        Batch { input, y: &y.data()[..rows.len() * y.cols()], weights }
    }
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
        let rows = batch_rows.min(BLOCK_ROWS);
        let outputs = network.architecture().outputs();
        let features = match data.x() {
            Input::Dense(x) if gathers => x.cols(),
            _ => 0,
        };
        let several = batch_rows > BLOCK_ROWS;
        let one_pass = is_one_pass(&network, data);
        let passed = if one_pass { batch_rows.min(PASS_ROWS) } else { 0 };
        Ok(Self {
            block: Block::new(rows, features, if gathers { outputs } else { 0 }, data.weights().is_some())?,
            signals: network.signals(rows)?,
            terms: AlignedVec::zeros(area(rows, outputs)?)?,
            gradient: network.layout().zeros()?,
            block_gradient: if several { network.layout().zeros()? } else { AlignedVec::zeros(0)? },
            one_pass: if one_pass { Some(Space::new(passed, data.x().cols())?) } else { None },
            holds_biases: false,
            example_clip: None,
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

    /// From now on, scales the gradient of each row down to a norm of `bound` over all parameters, where it is larger. That
    /// needs no gradient of a row: that of a layer, `x delta^T` and `delta`, has the squared norm `|delta|^2 (|x|^2 + 1)`.
    ///
    /// # Errors
    /// When memory is short.
    pub fn clip_examples(&mut self, bound: f64) -> Result<()> {
        self.example_clip = Some((bound, filled(BLOCK_ROWS, 0.0)?));
        Ok(())
    }

    /// From now on, the gradient of the biases is zero.
    pub fn hold_biases(&mut self) {
        self.holds_biases = true;
    }

    /// Makes the space for [`Self::backward_drawn`].
    ///
    /// # Errors
    /// When the loss does not say how targets scatter, or memory is short.
    pub fn allow_drawing(&mut self) -> Result<()> {
        let likelihood = self.loss.likelihood();
        require(likelihood.is_some(), "loss", "the logarithm of a probability", format_args!("{:?}", self.loss))?;
        self.drawing = likelihood
            .map(|likelihood| {
                let (targets, gradient) = (AlignedVec::zeros(self.terms.len())?, self.network.layout().zeros()?);
                Ok::<_, Error>(Drawing { likelihood, targets, gradient })
            })
            .transpose()?;
        Ok(())
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
        let total = match (data.x(), &self.one_pass, &self.example_clip) {
            (Input::Dense(x), Some(_), None) => self.once(team, params, (x, data), rows, weight, interrupted),
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
            let batch = self.block.load(team, data, rows);
            self.network.forward(team, params, batch.input, &mut self.signals);
            let (output, delta) = self.signals.output_and_delta(batch.y.len());
            let outputs = self.network.architecture().outputs();
            let prediction = Prediction { y: batch.y, output, weights: batch.weights, outputs };
            total += self.loss.value(team, &prediction, &mut self.terms[..batch.y.len()]);
            let scale = if self.example_clip.is_some() { 1.0 } else { 1.0 / weight };
            self.loss.delta(team, &prediction, self.gradient_of, scale, delta);
            if let Some((bound, squares)) = &mut self.example_clip {
                let squares = &mut squares[..rows.len()];
                self.network.example_squares(team, params, batch.input, &mut self.signals, squares);
                // The way back has used up the gradient of the last layer's sums: here it is again, scaled.
                let (output, delta) = self.signals.output_and_delta(batch.y.len());
                let prediction = Prediction { y: batch.y, output, weights: batch.weights, outputs };
                self.loss.delta(team, &prediction, self.gradient_of, 1.0 / weight, delta);
                for (row, square) in delta.chunks_exact_mut(outputs).zip(squares) {
                    let factor = T::of((*bound / square.sqrt()).min(1.0));
                    row.iter_mut().for_each(|slope| *slope *= factor);
                }
            }
            let back = Back { network: &self.network, params, input: batch.input, signals: &mut self.signals };
            back.add(team, i == 0, &mut self.gradient, &mut self.block_gradient);
        }
        Some(total)
    }

    /// As [`Self::there_and_back`], by one look at each row of `x`, the inputs of `data`.
    fn once(
        &mut self,
        team: &Team,
        params: &[T],
        (x, data): (MatRef<'_, T>, &Dataset<'_, T>),
        rows: Rows<'_>,
        weight: f64,
        mut interrupted: impl FnMut() -> bool,
    ) -> Option<f64> {
        let mut total = 0.0;
        for (i, rows) in rows.blocks(PASS_ROWS).enumerate() {
            if i > 0 && interrupted() {
                return None;
            }
            total += self.pass(team, params, (x, data), rows, weight, i > 0);
        }
        Some(total)
    }

    /// A block of [`Self::once`], whose gradient is left, or added to what is there when `adds`.
    fn pass(
        &mut self,
        team: &Team,
        params: &[T],
        (x, data): (MatRef<'_, T>, &Dataset<'_, T>),
        rows: Rows<'_>,
        weight: f64,
        adds: bool,
    ) -> f64 {
        let Some(space) = &mut self.one_pass else { return f64::NAN };
        let (layout, output) = (self.network.layout(), self.network.architecture().output);
        let (loss, gradient_of) = (&self.loss, self.gradient_of);
        let judge = |rows: &[usize], scores: &mut [T], slopes: &mut [T]| {
            let alone = Team::serial(team.isa());
            let (mut y, mut weights) = ([T::zero(); MOST_ROWS], [T::one(); MOST_ROWS]);
            rows.iter().zip(&mut y).for_each(|(&row, y)| *y = data.y().at(row, 0));
            if let Some(all) = data.weights() {
                rows.iter().zip(&mut weights).for_each(|(&row, weight)| *weight = all[row]);
            }
            output.apply(&alone, MatMut::new(scores, rows.len(), 1));
            let weights = data.weights().map(|_| &weights[..rows.len()]);
            let prediction = Prediction { y: &y[..rows.len()], output: scores, weights, outputs: 1 };
            let value = loss.value(&alone, &prediction, slopes);
            loss.delta(&alone, &prediction, gradient_of, 1.0 / weight, slopes);
            value
        };
        let model =
            linear::Model { weights: &params[layout.weights(0).range()], bias: params[layout.biases(0).offset] };
        let samples = Samples { x, beside: [data.y().data(), data.weights().unwrap_or(&[])] };
        let gradient = if adds { &mut self.block_gradient } else { &mut self.gradient };
        let slopes = &mut gradient[layout.weights(0).range()];
        let (value, of_bias) = linear::pass(team, samples, rows.indices, model, &judge, space, slopes);
        gradient[layout.biases(0).offset] = of_bias;
        if adds {
            axpy(team, T::one(), &self.block_gradient, &mut self.gradient);
        }
        value
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

    /// As [`Self::backward`], by targets that the model draws from its own predictions in the place of the data's. The
    /// gradient goes to a place of its own, [`Self::drawn_gradient`]. Returns whether it was not interrupted.
    ///
    /// # Panics
    /// Unless [`Self::allow_drawing`] has made the space.
    pub fn backward_drawn(
        &mut self,
        team: &Team,
        params: &[T],
        data: &Dataset<'_, T>,
        (rows, weight): (Rows<'_>, f64),
        numbers: Numbers,
        mut interrupted: impl FnMut() -> bool,
    ) -> bool {
        let Drawing { likelihood, targets, gradient } = self.drawing.as_mut().expect("space for drawing");
        let outputs = self.network.architecture().outputs();
        for (i, rows) in rows.blocks(BLOCK_ROWS).enumerate() {
            if interrupted() {
                return false;
            }
            let batch = self.block.load(team, data, rows);
            self.network.forward(team, params, batch.input, &mut self.signals);
            let (output, delta) = self.signals.output_and_delta(batch.y.len());
            let y = &mut targets[..batch.y.len()];
            likelihood.draw(team, numbers, i * BLOCK_ROWS, output, outputs, y);
            let prediction = Prediction { y, output, weights: batch.weights, outputs };
            self.loss.delta(team, &prediction, self.gradient_of, 1.0 / weight, delta);
            let back = Back { network: &self.network, params, input: batch.input, signals: &mut self.signals };
            back.add(team, i == 0, gradient, &mut self.block_gradient);
        }
        true
    }

    /// The arena of the gradient that [`Self::backward_drawn`] left; empty where there was none.
    #[must_use]
    pub fn drawn_gradient(&self) -> &[T] {
        self.drawing.as_ref().map_or(&[], |drawing| &drawing.gradient)
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
            let batch = self.block.load(team, data, rows);
            self.network.forward(team, params, batch.input, &mut self.signals);
            let output = self.signals.output(batch.y.len());
            let outputs = self.network.architecture().outputs();
            let prediction = Prediction { y: batch.y, output, weights: batch.weights, outputs };
            total += self.loss.value(team, &prediction, &mut self.terms[..batch.y.len()]);
            judge(&prediction);
        }
        total / weight
    }
}

/// Whether the network is one dot product a row, and the rows short enough to be looked at twice in the cache.
fn is_one_pass<T: Real>(network: &Network, data: &Dataset<'_, T>) -> bool {
    let units = &network.architecture().units;
    let Input::Dense(x) = data.x() else { return false };
    units.len() == 2 && units[1] == 1 && x.cols() <= PASS_COLUMNS && (x.cols() == 1 || x.col_stride() == 1)
}

/// The way back through the network, from the slopes of the last layer.
struct Back<'a, T: Real> {
    network: &'a Network,
    params: &'a [T],
    input: Signal<'a, T>,
    signals: &'a mut Signals<T>,
}

impl<T: Real> Back<'_, T> {
    /// Writes the gradient of the first block of rows, and adds that of the others by way of `block`.
    fn add(self, team: &Team, is_first: bool, gradient: &mut [T], block: &mut [T]) {
        let to = if is_first { &mut *gradient } else { &mut *block };
        self.network.backward(team, self.params, self.input, self.signals, to);
        if !is_first {
            axpy(team, T::one(), block, gradient);
        }
    }
}
