//! The trainer: the epoch loop, and the one file that sees every stage. Takes data, parameters and configuration; batch by
//! batch gradient and step; epoch by epoch score, schedule and decision; yields a report.

use std::time::{Duration, Instant};

use thalweg_kernels::team::Trial;
use thalweg_kernels::{Real, Team};

use super::checkpoint::Checkpoint;
use super::clock::Clock;
use super::descent::Descent;
use super::history::History;
use super::model::Model;
use super::pace::Pace;
use super::scores::{Score, Scorer};
use super::stopping::Stopping;
use super::{Bearings, Control, Decision, Event, Observer, OptimizerState, Outcome, Progress, Report, TrainingData};
use crate::backprop::Backprop;
use crate::data::{Batches, Dataset, Input, Rows, Shuffle, not_in_place, rows_from};
use crate::error::{Result, require};
use crate::gradients::Chain;
use crate::losses::GradientOf;
use crate::mlp::MlpConfig;
use crate::network::{BLOCK_ROWS, Network};
use crate::optimizers::{Optimizer, State};
use crate::params::Layout;
use crate::schedules::Plateau;

/// How long the helper threads are kept at least: long against the microseconds that calling them takes, short enough to
/// share them between several runs of a process.
const SLICE: Duration = Duration::from_millis(50);

/// Trains a multi-layer perceptron by mini-batches.
///
/// The semantics are those of scikit-learn's `_fit_stochastic`: the order of counters and comparisons, the cumulative
/// shuffle, the loss of a batch weighted by its rows, the penalty `alpha` divided by the batch's weight. Where they differ:
/// a batch whose weights sum to zero is passed over with loss 0 (scikit-learn raises `ZeroDivisionError` in mid-training),
/// and training ends at the first epoch that leaves a parameter infinite or NaN.
///
/// `params` is packed: the weights of all layers, then their biases. `state` is what an earlier call reported.
///
/// # Errors
/// When configuration, data or state are wrong, or memory is short; all before the first step. Later only when an
/// observer's order is no permutation.
pub fn train<T: Real>(
    team: &Team,
    data: &TrainingData<'_, T>,
    params: &[T],
    config: &MlpConfig,
    state: Option<&OptimizerState<T>>,
    shuffle: Shuffle,
    observer: &mut dyn Observer,
) -> Result<Report<T>> {
    let mut trainer = Trainer::new(team, data, params, config, state, shuffle)?;
    let work = trainer.step_work();
    loop {
        // One region for many steps: its helpers stay close from step to step, and a small net has none.
        if let Some(outcome) = team.region_of_steps(work, |team, trial| trainer.slice(team, trial, observer))? {
            return trainer.report(team, outcome);
        }
    }
}

/// Everything that one run needs; nothing is allocated once it is made.
struct Trainer<'a, T: Real> {
    config: &'a MlpConfig,
    batches: Batches,
    validation: Option<Validation<'a, T>>,
    layout: Layout,
    descent: Descent<'a, T>,
    stopping: Stopping,
    progress: Progress,
    checkpoint: Checkpoint<T>,
    history: History,
    clock: Clock,
}

/// Rows to validate on, of the training data or of others, and how predictions on them are judged.
struct Validation<'a, T> {
    data: Dataset<'a, T>,
    rows: Vec<usize>,
    contiguous: bool,
    weight: f64,
    scorer: Scorer,
}

impl<'a, T: Real> Trainer<'a, T> {
    fn new(
        team: &Team,
        data: &TrainingData<'a, T>,
        params: &[T],
        config: &'a MlpConfig,
        state: Option<&OptimizerState<T>>,
        shuffle: Shuffle,
    ) -> Result<Self> {
        config.validate()?;
        let network = Network::new(config.architecture())?;
        let (layout, dataset) = (network.layout().clone(), data.dataset);
        config.precision.check(&dataset.x())?;
        let arena = layout.arena_of(params, "params")?;
        dataset.check_widths(network.architecture().features(), network.architecture().outputs())?;
        let in_order = data.train_rows.is_none();
        let rows = rows_from(data.train_rows, dataset.len(), "train_rows")?;
        dataset.check_weight(Rows { indices: &rows, contiguous: false }, "train_rows")?;
        let batches = Batches::new(rows, in_order, config.batch_size, shuffle)?;
        let validation = Self::validation(data, config)?;
        let gathers = !batches.rows().contiguous || validation.is_some();
        let held_back = validation.as_ref().map_or(0, |validation| validation.rows.len().min(BLOCK_ROWS));
        // A closure may ask for all rows at once.
        let whole = if config.solver.needs().closure { batches.rows().len() } else { 0 };
        let block = batches.batch_size().max(held_back).max(whole);
        let loss = config.loss.with(config.output)?;
        let pace = Pace::new(config, &layout)?;
        let checkpoint = Checkpoint::new(&arena, validation.is_some())?;
        let model = Model::new(team, pace.groups(), arena, state)?;
        let penalised = |tensor| config.penalise_biases || tensor < layout.layers();
        let mut transforms = Chain::new(&config.gradient_transforms, &layout, penalised)?;
        if let Some(kept) = state.and_then(|state| state.transforms.as_ref()) {
            transforms.resume(kept)?;
        }
        let mut backprop = Backprop::new(network, loss, GradientOf::SumOverOutputs, &dataset, block, gathers)?;
        if config.holds_biases {
            backprop.hold_biases();
        }
        if let Some(bound) = transforms.example_bound() {
            backprop.clip_examples(bound);
        }
        if config.solver.needs().curvature {
            backprop.allow_drawing()?;
        }
        let clock = Clock::new(backprop.step_work(&dataset, batches.batch_size()));
        Ok(Self {
            config,
            checkpoint,
            batches,
            validation,
            layout,
            descent: Descent { config, data: dataset, backprop, transforms, model, pace },
            stopping: Stopping::new(config.tol, config.n_iter_no_change),
            progress: config.progress,
            history: History::default(),
            clock,
        })
    }

    fn validation(data: &TrainingData<'a, T>, config: &MlpConfig) -> Result<Option<Validation<'a, T>>> {
        let (given, others) = (data.validation_rows, data.validation.is_some());
        if given.is_none() && !others {
            return Ok(None);
        }
        let dataset = data.validation.unwrap_or(data.dataset);
        dataset.check_widths(data.dataset.x().cols(), data.dataset.y().cols())?;
        // Beside sparse rows there is no place to convert others in.
        if let (Input::Sparse(_), Input::Raw(_)) = (data.dataset.x(), dataset.x()) {
            return Err(not_in_place::<T>());
        }
        require(!others || given.is_none(), "validation_rows", "None with `validation`", given.map(<[_]>::len))?;
        require(!others || dataset.weights().is_none(), "validation", "without weights", "some")?;
        let indices = rows_from(given, dataset.len(), "validation_rows")?;
        let rows = Rows { indices: &indices, contiguous: others };
        let weight = dataset.check_weight(rows, "validation_rows")?;
        let rule = "'accuracy' or 'r2' with rows to validate on";
        require(config.score.is_some(), "score", rule, format_args!("none"))?;
        let score = config.score.unwrap_or(Score::R2);
        let scorer = Scorer::new(score, config.reading(score), &dataset, rows, weight)?;
        Ok(Some(Validation { data: dataset, rows: indices, contiguous: others, weight, scorer }))
    }

    fn step_work(&self) -> usize {
        self.descent.backprop.step_work(&self.descent.data, self.batches.batch_size())
    }

    /// Epoch after epoch, until training ends or the slice of time is used up.
    fn slice(&mut self, team: &Team, mut trial: Trial, observer: &mut dyn Observer) -> Result<Option<Outcome>> {
        let begun = Instant::now();
        while self.history.epochs() < self.config.max_iter {
            let Some(loss) = self.epoch(team, &mut trial, observer)? else { return Ok(Some(Outcome::Interrupted)) };
            let (decision, validation) = self.finish_epoch(trial.team(team), loss)?;
            let event = Event {
                epoch: self.history.epochs(),
                loss,
                validation_score: validation.map(|(score, _)| score),
                validation_loss: validation.map(|(_, loss)| loss),
                learning_rate: self.descent.model.optimizer.learning_rate,
                decision,
            };
            if observer.epoch_finished(&event) == Control::Stop {
                return Ok(Some(Outcome::Interrupted));
            }
            match decision {
                Decision::Continue | Decision::RateReduced => {}
                Decision::Converged | Decision::RateTooSmall => return Ok(Some(Outcome::Converged)),
                Decision::Diverged => return Ok(Some(Outcome::Diverged)),
            }
            if begun.elapsed() > SLICE {
                return Ok(None);
            }
        }
        Ok(Some(Outcome::MaxIter))
    }

    /// Batch after batch; the mean loss, or `None` when the observer stops it.
    fn epoch(&mut self, team: &Team, trial: &mut Trial, observer: &mut dyn Observer) -> Result<Option<f64>> {
        if !self.batches.next_epoch(|order| observer.epoch_order(order) == Control::Continue)? {
            return Ok(None);
        }
        self.descent.begin_epoch(&self.progress);
        let mut total = 0.0;
        for rows in self.batches.iter() {
            if self.clock.step(observer) == Control::Stop {
                return Ok(None);
            }
            let clock = &mut self.clock;
            let mut interrupted = || clock.look(observer) == Control::Stop;
            let (descent, whole) = (&mut self.descent, self.batches.rows());
            let Some(loss) = trial.step(team, |team| descent.step(team, rows, whole, &mut interrupted))? else {
                return Ok(None);
            };
            total += loss * rows.len() as f64;
        }
        Ok(Some(total / self.batches.samples() as f64))
    }

    /// Score, schedule and decision, in scikit-learn's order. Returns score and loss of the validation rows too.
    ///
    /// # Errors
    /// When memory is short.
    fn finish_epoch(&mut self, team: &Team, loss: f64) -> Result<(Decision, Option<(f64, f64)>)> {
        let Descent { model, pace, .. } = &mut self.descent;
        model.evaluate(team, pace.groups());
        let finite = model.is_finite(team);
        self.progress.samples_seen += self.batches.samples() as u64;
        self.progress.epochs += 1;
        let validation = self.validate(team);
        self.history.enter(loss, validation);
        let mut is_best = false;
        match validation {
            None => self.stopping.watch_loss(&mut self.progress, loss),
            // Weights that are not finite are never the best, whatever they score.
            Some(_) if !finite => {}
            Some((score, _)) => {
                is_best = self.stopping.watch_score(&mut self.progress, score);
                if is_best {
                    self.checkpoint.keep_best(self.descent.model.evaluated());
                }
            }
        }
        let watched = validation.map_or(loss, |(_, loss)| loss);
        let Descent { model, pace, .. } = &mut self.descent;
        let State { step, learning_rate, .. } = &mut model.optimizer;
        pace.end_epoch(&mut self.progress, *step, watched, learning_rate);
        if !finite {
            return Ok((Decision::Diverged, validation));
        }
        self.checkpoint.keep_finite(self.descent.model.evaluated());
        let decision = self.decide();
        if is_best {
            self.checkpoint.keep_bearings(self.descent.bearings(self.progress)?);
        }
        Ok((decision, validation))
    }

    fn decide(&mut self) -> Decision {
        if !self.stopping.is_exhausted(&self.progress) {
            return Decision::Continue;
        }
        let rate = &mut self.descent.model.optimizer.learning_rate;
        match self.config.schedule.rule().on_plateau(*rate) {
            Plateau::Stop => Decision::Converged,
            Plateau::TooSmall => Decision::RateTooSmall,
            Plateau::Reduce(reduced) => {
                *rate = reduced;
                self.progress.no_improvement_count = 0;
                Decision::RateReduced
            }
        }
    }

    /// Score and mean loss of the validation rows.
    fn validate(&mut self, team: &Team) -> Option<(f64, f64)> {
        let Validation { data, rows, contiguous, weight, scorer } = self.validation.as_mut()?;
        scorer.start();
        let rows = Rows { indices: rows, contiguous: *contiguous };
        let Descent { backprop, model, .. } = &mut self.descent;
        let loss = backprop.forward(team, model.evaluated(), data, rows, *weight, |batch| scorer.add(batch));
        Some((scorer.finish(), loss))
    }

    fn report(mut self, team: &Team, outcome: Outcome) -> Result<Report<T>> {
        let Descent { model, transforms, pace, .. } = &mut self.descent;
        let groups = pace.groups();
        model.evaluate(team, groups);
        if !model.is_finite(team) {
            // What the moments accumulated leads away from finite weights again.
            transforms.reset();
            model.reset(groups, self.checkpoint.finite());
        }
        let Bearings { state, progress } = self.descent.bearings(self.progress)?;
        Ok(Report {
            params: self.layout.pack(self.descent.model.evaluated())?,
            best: self.checkpoint.take_bearings(),
            best_params: self.checkpoint.best().map(|best| self.layout.pack(best)).transpose()?,
            epochs: self.history.epochs(),
            loss_curve: self.history.losses,
            validation_scores: self.history.validation_scores,
            validation_losses: self.history.validation_losses,
            outcome,
            progress,
            state,
            shuffle: self.batches.into_shuffle(),
        })
    }
}
