//! Stochastic gradient descent as scikit-learn's `_sgd_fast` does it: one sample at a time, in its order and with its
//! arithmetic, so that the same seed gives the same model.
//!
//! | where | what |
//! |---|---|
//! | `config`, `samples` | what a caller asks for, and the data |
//! | `order` | the order of the samples in each epoch |
//! | `weights` | a vector times a number, its norms and its average |
//! | `pass` | the loop over samples |
//! | `ahead` | rows brought nearer by another thread |
//! | `run`, `scorer` | one training: epochs, scores, the decision to stop |
//! | this file | several trainings, each a class against the rest, on the threads of a team |
//!
//! Three things are not as in scikit-learn, unless `like_sklearn` asks for them: with early stopping it keeps the last
//! weights and not the best; it scores the weights without the factor that [`weights`] keeps beside them; and it counts
//! every negative prediction of a log-loss as wrong.

mod ahead;
mod config;
mod order;
mod pass;
mod run;
mod samples;
mod scorer;
mod weights;

use std::collections::VecDeque;

use thalweg_kernels::{Real, Team};

use crate::error::{Result, area, filled, require};
use crate::training::Control;

pub use config::{Penalty, Problem, Rate, SgdConfig};
use run::Run;
pub use samples::{Features, Samples};

/// Multiply-adds between two questions whether to go on: some tens of milliseconds.
const SLICE: usize = 20_000_000;

/// Multiply-adds that a sample costs beside those of its elements.
const PER_SAMPLE: usize = 30;

/// The weights of a model; the averaged ones are empty where none are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Model<T> {
    /// One for each column.
    pub coef: Vec<T>,
    /// The constant.
    pub intercept: f64,
    /// Mean of the weights over the steps.
    pub average_coef: Vec<T>,
    /// Mean of the constant.
    pub average_intercept: f64,
}

/// How a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Without improvement for as long as was allowed.
    Converged,
    /// After all epochs.
    MaxIter,
    /// The weights overflowed; they are of no use.
    Overflow,
    /// Somebody asked it to stop.
    Interrupted,
}

impl Outcome {
    /// The name that a caller sees.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Converged => "converged",
            Self::MaxIter => "max_iter",
            Self::Overflow => "overflow",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What is to be said about a finished epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    /// Number of the problem.
    pub problem: usize,
    /// Number of the epoch, from 1.
    pub epoch: u64,
    /// Norm of the weights, as scikit-learn keeps it.
    pub norm: f64,
    /// Weights that are not zero.
    pub non_zero: usize,
    /// The constant.
    pub intercept: f64,
    /// Steps taken since the beginning.
    pub steps: u64,
    /// Mean loss.
    pub loss: f64,
    /// Mean loss with the penalty.
    pub objective: f64,
    /// Score over the rows held out.
    pub score: Option<f64>,
    /// Whether the training ends here for want of improvement.
    pub converged: bool,
}

/// Who watches.
pub trait Watcher {
    /// Whether to go on; asked some times a second.
    fn poll(&mut self) -> Control;

    /// Told of each finished epoch under `verbose`.
    fn epoch_finished(&mut self, report: &EpochReport) -> Control;
}

/// What a training has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted<T> {
    /// The weights.
    pub model: Model<T>,
    /// Finished epochs.
    pub epochs: u64,
    /// How it ended.
    pub outcome: Outcome,
}

/// Trains each of `problems` from the model in `start` of the same place, at most `at_once` at a time.
///
/// Which thread trains which problem, and how many there are, shapes no result.
///
/// # Errors
/// When a parameter or a shape breaks a rule, before anything is trained, or memory runs out.
pub fn train_sgd<T: Real>(
    team: &Team,
    samples: &Samples<'_, T>,
    config: &SgdConfig,
    problems: &[Problem],
    start: Vec<Model<T>>,
    at_once: usize,
    watcher: &mut dyn Watcher,
) -> Result<Vec<Fitted<T>>> {
    check(samples, config, problems, &start)?;
    let slice = (SLICE / (samples.features.width() + PER_SAMPLE)).max(1);
    let mut waiting: VecDeque<_> = start.into_iter().zip(problems).enumerate().collect();
    let mut fitted: Vec<Option<Fitted<T>>> = filled(problems.len(), None)?;
    let mut running = Vec::new();
    let mut control = Control::Continue;
    // Epochs are reported one training after the other.
    let at_once = if config.verbose { 1 } else { at_once.clamp(1, problems.len().max(1)) };
    // A training alone may have a second thread fetch its rows.
    let team = team.at_most(if ahead::Ahead::is_worth_it(samples, config) { at_once.max(2) } else { at_once });
    loop {
        while running.len() < at_once {
            let Some((number, (start, problem))) = waiting.pop_front() else { break };
            running.push(Slot::new(Run::new(*samples, config, problem, number, start)?));
        }
        if control == Control::Stop || running.is_empty() {
            break;
        }
        team.region(usize::MAX, |team| match &mut running[..] {
            [slot] => slot.advance(team, slice),
            slots => team.for_each_part(slots, 1, &|_, slot| slot[0].advance(&Team::serial(team.isa()), slice)),
        });
        control = watcher.poll();
        for slot in &mut running {
            std::mem::replace(&mut slot.failure, Ok(()))?;
            for report in slot.run.reports.drain(..) {
                if watcher.epoch_finished(&report) == Control::Stop {
                    control = Control::Stop;
                }
            }
        }
        for slot in running.extract_if(.., |slot| slot.run.outcome.is_some()) {
            slot.finish(&mut fitted);
        }
    }
    for slot in running {
        slot.finish(&mut fitted);
    }
    for (number, (model, _)) in waiting {
        fitted[number] = Some(Fitted { model, epochs: 0, outcome: Outcome::Interrupted });
    }
    Ok(fitted.into_iter().flatten().collect())
}

/// A training at work, and what has gone wrong with it.
struct Slot<'a, T> {
    run: Run<'a, T>,
    failure: Result<()>,
}

impl<'a, T: Real> Slot<'a, T> {
    fn new(run: Run<'a, T>) -> Self {
        Self { run, failure: Ok(()) }
    }

    fn advance(&mut self, team: &Team, samples: usize) {
        self.failure = self.run.advance(team, samples);
    }

    fn finish(self, fitted: &mut [Option<Fitted<T>>]) {
        let (number, outcome) = (self.run.number, self.run.outcome.unwrap_or(Outcome::Interrupted));
        let (model, epochs) = self.run.finish();
        fitted[number] = Some(Fitted { model, epochs, outcome });
    }
}

fn check<T: Real>(
    samples: &Samples<'_, T>,
    config: &SgdConfig,
    problems: &[Problem],
    start: &[Model<T>],
) -> Result<()> {
    config.validate()?;
    let cols = samples.features.cols();
    area(problems.len(), cols)?;
    require(start.len() == problems.len(), "start", "one model a problem", start.len())?;
    let average = if config.average > 0 { cols } else { 0 };
    for model in start {
        require(model.coef.len() == cols, "coef", format_args!("of {cols} columns"), model.coef.len())?;
        let given = model.average_coef.len();
        require(given == average, "average_coef", format_args!("of {average} columns"), given)?;
    }
    let scored = samples.held_out.is_some_and(|held_out| held_out.contains(&true));
    require(scored || config.score.is_none(), "held_out", "given and not all False with a score", scored)
}
