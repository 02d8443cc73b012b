//! Training: [`trainer`] is the epoch loop, the one file that sees every stage; the other files decide when to stop, keep
//! the history, judge predictions and hold on to the weights worth keeping.

mod batch;
mod checkpoint;
mod clock;
mod descent;
mod history;
mod model;
mod pace;
mod scores;
mod stopping;
mod trainer;

use serde::Deserialize;
use thalweg_kernels::Real;

use crate::data::{Dataset, Shuffle};
use crate::gradients::ChainState;

pub(crate) use scores::r2;
pub use scores::{Reading, Score};
pub use stopping::{Decision, Progress};
pub use trainer::train;

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// Go on.
    Continue,
    /// Stop after the last finished step.
    Stop,
}

/// Who watches a training run, from outside this crate.
pub trait Observer {
    /// Writes a permutation of `0..order.len()`: asked for before each epoch under [`Shuffle::External`].
    fn epoch_order(&mut self, _order: &mut [usize]) -> Control {
        Control::Stop
    }

    /// Called about every 50 ms, between steps.
    fn poll(&mut self) -> Control {
        Control::Continue
    }

    /// Called once for each finished epoch.
    fn epoch_finished(&mut self, _event: &Event) -> Control {
        Control::Continue
    }

    /// Called once for each finished pass of a solver that stops when the weights have settled: its number, from 1, and the
    /// largest change of a weight as a share of the largest weight.
    fn pass_finished(&mut self, _pass: usize, _change: f64) -> Control {
        Control::Continue
    }
}

/// Nobody watches.
impl Observer for () {}

/// A finished epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Number of the epoch in this call, from 1.
    pub epoch: usize,
    /// Mean training loss over the epoch, penalty included.
    pub loss: f64,
    /// Score of the validation rows.
    pub validation_score: Option<f64>,
    /// Mean loss of the validation rows, without penalty.
    pub validation_loss: Option<f64>,
    /// The learning rate of the next epoch: after schedule and decision.
    pub learning_rate: f64,
    /// What follows from the epoch.
    pub decision: Decision,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All epochs were run.
    MaxIter,
    /// No improvement for too long.
    Converged,
    /// The observer said so.
    Interrupted,
    /// A parameter is no longer finite.
    Diverged,
}

impl Outcome {
    /// The name by which callers know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MaxIter => "max_iter",
            Self::Converged => "converged",
            Self::Interrupted => "interrupted",
            Self::Diverged => "diverged",
        }
    }
}

/// The rows to learn from, and those to validate on.
#[derive(Clone, Copy, Debug)]
pub struct TrainingData<'a, T> {
    /// Inputs, targets and weights.
    pub dataset: Dataset<'a, T>,
    /// Rows to learn from; all in order where there are none.
    pub train_rows: Option<&'a [i64]>,
    /// Rows to validate on after each epoch; early stopping watches their score.
    pub validation_rows: Option<&'a [i64]>,
    /// Other data to validate on, without weights, in place of rows.
    pub validation: Option<Dataset<'a, T>>,
}

/// An optimizer's state between calls, packed as the parameters are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerState<T> {
    /// Steps taken.
    pub step: u64,
    /// The learning rate in force.
    pub learning_rate: f64,
    /// One vector for each buffer of the optimizer.
    pub buffers: Vec<Vec<T>>,
    /// The numbers that it keeps beside.
    #[serde(default)]
    pub scalars: Vec<f64>,
    /// The parameters that its steps move, of an optimizer that hands out averages or keeps what fits no others.
    #[serde(default)]
    pub params: Option<Vec<T>>,
    /// What the gradient transforms keep; begins anew where there is none.
    #[serde(default)]
    pub transforms: Option<ChainState<T>>,
}

/// Where training stands after an epoch, beside the parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Bearings<T> {
    /// The optimizer's state.
    pub state: OptimizerState<T>,
    /// The counters.
    pub progress: Progress,
}

/// What training yields.
#[derive(Debug)]
pub struct Report<T: Real> {
    /// Parameters to evaluate the model with: after the last finished step, as the optimizer averages them where it does; of
    /// the last finite epoch where a later one is not.
    pub params: Vec<T>,
    /// Parameters of the best validation score in this call; `None` where none beat the best so far.
    pub best_params: Option<Vec<T>>,
    /// What training went on from after the epoch of these, so that one that begins with both does the same.
    pub best: Option<Bearings<T>>,
    /// Epochs finished.
    pub epochs: usize,
    /// Training loss of each.
    pub loss_curve: Vec<f64>,
    /// Validation score of each.
    pub validation_scores: Vec<f64>,
    /// Validation loss of each.
    pub validation_losses: Vec<f64>,
    /// Why training ended.
    pub outcome: Outcome,
    /// Where a later call goes on.
    pub progress: Progress,
    /// The optimizer's state; fresh, but for its rate, after divergence.
    pub state: OptimizerState<T>,
    /// The generator after the epochs drawn.
    pub shuffle: Shuffle,
}
