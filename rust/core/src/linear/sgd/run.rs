//! One training: epochs, scores, and the decision to stop. It goes on in slices, so that somebody can ask for Ctrl-C.

use std::ops::Range;

use thalweg_kernels::rows::{RowCopies, Rows, padded};
use thalweg_kernels::{Isa, Real, Team};

use crate::error::{Result, filled};

use super::ahead::{Ahead, Block};
use super::config::{Penalty, Problem, Rate, SgdConfig};
use super::order::Order;
use super::pass::{Numbers, Pass, optimal_start};
use super::samples::{Samples, with_rows};
use super::scorer::Scorer;
use super::weights::{Scaling, Weights};
use super::{EpochReport, Model, Outcome};

/// Rates that the rule `adaptive` reduces no further.
const SMALLEST_RATE: f64 = 1e-6;

/// One training over the rows of some samples.
pub(super) struct Run<'a, T> {
    samples: Samples<'a, T>,
    config: &'a SgdConfig,
    problem: &'a Problem,
    /// Which of the problems it is.
    pub(super) number: usize,
    order: Order,
    ahead: Option<Ahead<T>>,
    /// Samples of this epoch that have been gone through.
    position: usize,
    w: Vec<T>,
    average: Vec<T>,
    applied: Vec<T>,
    scaling: Scaling,
    numbers: Numbers,
    scorer: Option<Scorer<T>>,
    /// Finished epochs.
    epochs: u64,
    best_objective: f64,
    best_score: f64,
    best: Option<Model<T>>,
    without_improvement: u64,
    /// How it ended, once it has.
    pub(super) outcome: Option<Outcome>,
    /// Epochs to be reported.
    pub(super) reports: Vec<EpochReport>,
}

impl<'a, T: Real> Run<'a, T> {
    /// A training of problem `number` from the weights of `start`.
    pub(super) fn new(
        samples: Samples<'a, T>,
        config: &'a SgdConfig,
        problem: &'a Problem,
        number: usize,
        start: Model<T>,
    ) -> Result<Self> {
        let len = padded(start.coef.len());
        let shrinks = matches!(config.penalty, Penalty::L1 | Penalty::ElasticNet);
        let numbers = Numbers {
            intercept: start.intercept,
            average_intercept: start.average_intercept,
            t: config.t,
            eta: config.eta0,
            shrinkage: 0.0,
            steps: 0,
            loss: 0.0,
            objective: 0.0,
        };
        let worth_it = Ahead::is_worth_it(&samples, config);
        let ahead = with_rows!(samples.features, rows => worth_it.then(|| Ahead::new(rows)).transpose()?);
        Ok(Self {
            ahead,
            order: Order::new(samples.rows(), config.shuffle.then_some(problem.seed))?,
            applied: filled(if shrinks { len } else { 0 }, T::zero())?,
            scaling: Scaling::of(&start.coef),
            w: lengthened(&start.coef, len)?,
            average: lengthened(&start.average_coef, if config.average > 0 { len } else { 0 })?,
            scorer: config.score.map(|score| Scorer::new(score, &samples, config, problem)).transpose()?,
            samples,
            config,
            problem,
            number,
            position: 0,
            numbers,
            epochs: 0,
            best_objective: f64::INFINITY,
            best_score: f64::NEG_INFINITY,
            best: None,
            without_improvement: 0,
            outcome: None,
            reports: Vec::new(),
        })
    }

    /// Goes through some `samples` samples, and not beyond the end of the epoch.
    pub(super) fn advance(&mut self, team: &Team, samples: usize) -> Result<()> {
        if self.outcome.is_some() {
            return Ok(());
        }
        if self.position == 0 {
            self.order.shuffle();
            if let Some(ahead) = &mut self.ahead {
                ahead.forget();
            }
            (self.numbers.loss, self.numbers.objective) = (0.0, 0.0);
        }
        let all = self.order.as_slice().len();
        let samples = samples.next_multiple_of(self.ahead.as_ref().map_or(1, Ahead::block));
        let end = all.min(self.position + samples);
        with_rows!(self.samples.features, rows => self.go_to(team, rows, end));
        self.position = end;
        if end == all {
            self.position = 0;
            self.epochs += 1;
            self.end_epoch(team.isa())?;
        }
        Ok(())
    }

    /// Goes through the samples up to number `end`, while another thread, if there is one, copies those that come next.
    fn go_to<R: Rows<T>>(&mut self, team: &Team, rows: R, end: usize) {
        let isa = team.isa();
        let mut stretch = Stretch {
            samples: &self.samples,
            config: self.config,
            problem: self.problem,
            order: self.order.as_slice(),
            w: &mut self.w,
            average: &mut self.average,
            applied: &mut self.applied,
            scaling: &mut self.scaling,
            numbers: &mut self.numbers,
        };
        let Some(ahead) = self.ahead.as_mut().filter(|_| team.active() > 1) else {
            return stretch.pass(isa, rows, None, self.position..end);
        };
        let (order, block) = (stretch.order, ahead.block());
        ahead.begin(self.position / block);
        let (ahead, position) = (&*ahead, self.position);
        team.for_each_part(&mut [Some(stretch), None], 1, &|_, role| match &mut role[0] {
            Some(stretch) => {
                let _ending = ahead.training();
                for start in (position..end).step_by(block) {
                    let copies = ahead.take(start / block);
                    stretch.pass(isa, rows, copies.as_ref().map(Block::rows), start..end.min(start + block));
                }
            }
            None => ahead.copy(isa, rows, order),
        });
    }

    fn end_epoch(&mut self, isa: Isa) -> Result<()> {
        if !self.numbers.intercept.is_finite() || !self.w.iter().all(|w| w.is_finite()) {
            self.outcome = Some(Outcome::Overflow);
            return Ok(());
        }
        let score = self.score(isa)?;
        if self.config.verbose {
            self.reports.push(self.report(score));
        }
        let improved = match score {
            Some(score) => self.improves_score(score)?,
            None => self.improves_objective(),
        };
        self.without_improvement = if improved { 0 } else { self.without_improvement + 1 };
        if self.without_improvement >= self.config.n_iter_no_change {
            if self.config.learning_rate == Rate::Adaptive && self.numbers.eta > SMALLEST_RATE {
                self.numbers.eta /= 5.0;
                self.without_improvement = 0;
            } else {
                self.outcome = Some(Outcome::Converged);
                self.reports.iter_mut().for_each(|report| report.converged = true);
            }
        } else if self.epochs >= self.config.max_iter {
            self.outcome = Some(Outcome::MaxIter);
        }
        Ok(())
    }

    /// The score of this epoch, where one is asked for.
    fn score(&mut self, isa: Isa) -> Result<Option<f64>> {
        let Some(mut scorer) = self.scorer.take() else { return Ok(None) };
        let score = if self.config.like_sklearn {
            // scikit-learn forgets the factor.
            scorer.score(isa, &self.samples, &self.w, self.numbers.intercept)
        } else {
            let model = self.model()?;
            let (coef, intercept) = if self.config.has_average(self.seen()) {
                (&model.average_coef, model.average_intercept)
            } else {
                (&model.coef, model.intercept)
            };
            scorer.score(isa, &self.samples, coef, intercept)
        };
        self.scorer = Some(scorer);
        Ok(Some(score))
    }

    /// Samples that have been gone through, those held out included: it is how scikit-learn counts.
    fn seen(&self) -> u64 {
        self.epochs * u64::from(self.samples.rows())
    }

    /// Whether a score is an improvement, or none is asked for; keeps the best weights.
    fn improves_score(&mut self, score: f64) -> Result<bool> {
        let falls_short = self.config.tol.is_some_and(|tol| score < self.best_score + tol);
        if score > self.best_score {
            self.best_score = score;
            if !self.config.like_sklearn {
                self.best = Some(self.model()?);
            }
        }
        Ok(!falls_short)
    }

    fn improves_objective(&mut self) -> bool {
        let objective = self.numbers.objective / self.training_rows();
        let falls_short = self.config.tol.is_some_and(|tol| objective > self.best_objective - tol);
        if objective < self.best_objective {
            self.best_objective = objective;
        }
        !falls_short
    }

    fn training_rows(&self) -> f64 {
        f64::from(self.samples.rows()) - self.scorer.as_ref().map_or(0.0, |scorer| scorer.rows() as f64)
    }

    fn report(&self, score: Option<f64>) -> EpochReport {
        EpochReport {
            problem: self.number,
            epoch: self.epochs,
            norm: self.scaling.squares.sqrt(),
            non_zero: self.w.iter().filter(|w| **w != T::zero()).count(),
            intercept: self.numbers.intercept,
            steps: self.numbers.steps,
            loss: self.numbers.loss / self.training_rows(),
            objective: self.numbers.objective / self.training_rows(),
            score,
            converged: false,
        }
    }

    /// The weights as they are now, padded.
    fn model(&self) -> Result<Model<T>> {
        let mut coef = lengthened(&self.w, self.w.len())?;
        let mut average_coef = lengthened(&self.average, self.average.len())?;
        Weights { w: &mut coef, average: &mut average_coef, scaling: self.scaling }.settle();
        let Numbers { intercept, average_intercept, .. } = self.numbers;
        Ok(Model { coef, intercept, average_coef, average_intercept })
    }

    /// What has been learned: the best weights where a score has been watched, and the last ones otherwise.
    pub(super) fn finish(mut self) -> (Model<T>, u64) {
        Weights { w: &mut self.w, average: &mut self.average, scaling: self.scaling }.settle();
        let Numbers { intercept, average_intercept, .. } = self.numbers;
        let last = Model { coef: self.w, intercept, average_coef: self.average, average_intercept };
        let mut model = self.best.unwrap_or(last);
        model.coef.truncate(self.samples.cols());
        model.average_coef.truncate(self.samples.cols());
        (model, self.epochs)
    }
}

/// What a stretch of an epoch needs and changes.
struct Stretch<'a, T> {
    samples: &'a Samples<'a, T>,
    config: &'a SgdConfig,
    problem: &'a Problem,
    order: &'a [u32],
    w: &'a mut [T],
    average: &'a mut [T],
    applied: &'a mut [T],
    scaling: &'a mut Scaling,
    numbers: &'a mut Numbers,
}

impl<T: Real> Stretch<'_, T> {
    /// Goes through the samples of numbers `range`, whose rows are in `copies` if there are any, and in `rows` else.
    fn pass<R: Rows<T>>(&mut self, isa: Isa, rows: R, copies: Option<&RowCopies<T>>, range: Range<usize>) {
        match copies {
            Some(copies) => self.pass_over(isa, rows.copied(copies), true, range),
            None => self.pass_over(isa, rows, false, range),
        }
    }

    fn pass_over<R: Rows<T>>(&mut self, isa: Isa, rows: R, copied: bool, range: Range<usize>) {
        let weights = Weights { w: self.w, average: self.average, scaling: *self.scaling };
        (*self.numbers, *self.scaling) = T::dispatch(
            isa,
            Pass {
                rows,
                copied,
                samples: self.samples,
                config: self.config,
                problem: self.problem,
                optimal_start: optimal_start(self.config),
                order: self.order,
                range,
                weights,
                applied: self.applied,
                numbers: *self.numbers,
            },
        );
    }
}

/// A copy with zeros at its end.
fn lengthened<T: Real>(values: &[T], len: usize) -> Result<Vec<T>> {
    let mut copy = filled(len, T::zero())?;
    copy[..values.len()].copy_from_slice(values);
    Ok(copy)
}
