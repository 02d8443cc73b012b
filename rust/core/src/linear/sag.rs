//! SAG (Schmidt, Le Roux and Bach 2013) and SAGA (Defazio, Bach and Lacoste-Julien 2014): a slope is remembered for each sample,
//! and a step follows the average of all of them.
//!
//! ```text
//! F(w, b) = sum_i s_i loss(y_i, x_i w + b) / sum_i s_i + alpha / 2 |w|^2 + beta |w|_1
//!
//! draw i;  d = loss'(y_i, x_i w + b) - remembered_i;  remember the new slope
//! g <- g + s_i d x_i                     N: sum of the s_i of all samples drawn so far
//! w <- (1 - step alpha) w - step g / N             - [SAGA] step (1 - s_i / N) d x_i
//! w <- S(w, step beta)                             S(v, c) = sign(v) max(|v| - c, 0)
//! b the same, without alpha and beta; for sparse samples with `intercept_decay` on its average
//! ```
//! Without weights this is scikit-learn's algorithm, sample for sample. With weights, i is drawn in proportion to `s_i`, and N
//! counts weights: a sample of weight 3 is in every way three samples. (scikit-learn scales the slopes instead and leaves step
//! and N as they are: its steps are too long for heavy samples.)

mod draws;
mod weights;

use std::time::{Duration, Instant};

use serde::Deserialize;
use thalweg_kernels::prefetch::{Span, prefetch};
use thalweg_kernels::sag::{Change, Drift};
use thalweg_kernels::simd::{Kernel, Simd};
use thalweg_kernels::vecmath::softmax_rows;
use thalweg_kernels::{AlignedVec, Isa, MatMut, Real, Team};

use super::SmoothLoss;
use super::losses::{LogLoss, Loss, SquaredError};
use crate::data::{Dataset, Rows, rows_from};
use crate::error::{Result, area, filled, require, require_not_negative, require_positive};
use crate::training::{Control, Observer};
use draws::Draws;
use weights::Weights;

/// Samples by which the memory is asked ahead for what says where a sample is and what is remembered of it.
const FAR: usize = 8;

/// Samples by which the memory is asked ahead for the sample itself.
const NEAR: usize = 4;

/// Between two questions whether to go on.
const POLL_EVERY: Duration = Duration::from_millis(50);

/// Multiply-adds between two looks at the clock.
const WORK_BETWEEN_LOOKS: usize = 1 << 20;

/// What to minimize, and how.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SagConfig {
    /// SAGA rather than SAG.
    pub saga: bool,
    /// The loss.
    pub loss: SmoothLoss,
    /// Number of classes for the multinomial loss, else 1.
    pub outputs: usize,
    /// Factor of half the sum of squares of the weights.
    pub alpha: f64,
    /// Factor of the sum of magnitudes of the weights.
    pub beta: f64,
    /// Length of a step.
    pub step: f64,
    /// Whether there is an intercept.
    pub fit_intercept: bool,
    /// Factor of the steps of the intercept along the average.
    pub intercept_decay: f64,
    /// Stop when no weight has changed in a pass by more than this share of the largest weight; where samples have weights, only
    /// if that is so once more after all slopes have been remembered anew.
    pub tol: f64,
    /// Most passes.
    pub max_iter: usize,
    /// Seed of the draws.
    pub seed: u32,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All passes were made.
    MaxIter,
    /// The weights have settled.
    Converged,
    /// The observer said so.
    Interrupted,
    /// A weight is no longer finite.
    Diverged,
}

impl Ending {
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

impl SagConfig {
    fn validate<T: Real>(&self, data: &Dataset<'_, T>) -> Result<()> {
        require_not_negative("alpha", self.alpha)?;
        require_not_negative("beta", self.beta)?;
        require(self.beta == 0.0 || self.saga, "beta", "0 unless `saga` is true", self.beta)?;
        require_positive("step", self.step)?;
        require_not_negative("intercept_decay", self.intercept_decay)?;
        require_not_negative("tol", self.tol)?;
        let decay = 1.0 - self.step * self.alpha;
        require(decay > 0.0, "step", format_args!("below 1 / alpha = {}", 1.0 / self.alpha), self.step)?;
        require(self.loss != SmoothLoss::Squared || self.outputs == 1, "outputs", "1 for this loss", self.outputs)?;
        self.loss.check(self.outputs, data)
    }
}

/// Runs from `coef` of shape (outputs, features) and `intercept` of (outputs,), which are left at the end of the last step;
/// returns the number of passes and how it ended.
///
/// # Errors
/// When a value or a shape is wrong, all weights of samples are zero, or memory is short.
pub fn sag<T: Real>(
    isa: Isa,
    data: &Dataset<'_, T>,
    config: &SagConfig,
    coef: &mut [T],
    intercept: &mut [T],
    observer: &mut impl Observer,
) -> Result<(usize, Ending)> {
    config.validate(data)?;
    let size = area(config.outputs, data.x().cols())?;
    require(coef.len() == size, "coef", format_args!("of {size} elements"), coef.len())?;
    require(
        intercept.len() == config.outputs,
        "intercept",
        format_args!("of {} elements", config.outputs),
        intercept.len(),
    )?;
    let rows = rows_from(None, data.len(), "rows")?;
    data.check_weight(Rows { indices: &rows, contiguous: true }, "rows")?;
    drop(rows);
    let mut run = Run::new(isa, data, config, coef, intercept)?;
    let (passes, ending) = run.passes(observer);
    coef.copy_from_slice(run.weights.current(isa));
    intercept.iter_mut().zip(&run.intercept).for_each(|(to, from)| *to = T::of(*from));
    Ok((passes, ending))
}

/// All that a run keeps.
struct Run<'a, T: Real> {
    isa: Isa,
    data: &'a Dataset<'a, T>,
    config: &'a SagConfig,
    draws: Draws,
    weights: Weights<'a, T>,
    previous: AlignedVec<T>,
    /// Slopes remembered, (samples, outputs).
    slopes: AlignedVec<T>,
    drawn: Vec<bool>,
    /// Sum of the weights of all samples drawn so far.
    total: f64,
    intercept: Vec<f64>,
    intercept_sums: Vec<f64>,
    changes: Vec<Change<T>>,
    dots: Vec<T>,
    clock: Clock,
}

impl<'a, T: Real> Run<'a, T> {
    fn new(isa: Isa, data: &'a Dataset<'a, T>, config: &'a SagConfig, coef: &[T], intercept: &[T]) -> Result<Self> {
        let outputs = config.outputs;
        Ok(Self {
            isa,
            data,
            config,
            draws: Draws::new(config.seed, data.len(), data.weights(), FAR)?,
            weights: Weights::new(data.x(), coef, outputs, config.beta > 0.0)?,
            previous: AlignedVec::zeros(coef.len())?,
            slopes: AlignedVec::zeros(area(data.len(), outputs)?)?,
            drawn: filled(data.len(), false)?,
            total: 0.0,
            intercept: intercept.iter().map(|b| b.wide()).collect(),
            intercept_sums: filled(outputs, 0.0)?,
            changes: filled(outputs, Change::default())?,
            dots: filled(outputs, T::zero())?,
            clock: Clock::new(data.x().row_work().saturating_mul(outputs)),
        })
    }

    fn passes(&mut self, observer: &mut impl Observer) -> (usize, Ending) {
        // Whether all slopes were remembered anew just before the pass.
        let mut fresh = false;
        for pass in 1..=self.config.max_iter {
            for _ in 0..self.data.len() {
                let i = self.draws.next();
                self.ask_ahead();
                self.visit(i, self.config.step);
                if self.clock.is_time() && observer.poll() == Control::Stop {
                    return (pass, Ending::Interrupted);
                }
            }
            let (change, largest) = self.settle();
            if !(change.is_finite() && largest.is_finite() && self.intercept.iter().all(|b| b.is_finite())) {
                return (pass, Ending::Diverged);
            }
            // Where all weights are zero nothing can have changed, or all of it.
            let share = if change == 0.0 { 0.0 } else { change / largest };
            if observer.pass_finished(pass, share) == Control::Stop {
                return (pass, Ending::Interrupted);
            }
            if share > self.config.tol {
                fresh = false;
                continue;
            }
            if fresh || self.data.weights().is_none() {
                return (pass, Ending::Converged);
            }
            if self.refresh(observer) == Control::Stop {
                return (pass, Ending::Interrupted);
            }
            fresh = true;
        }
        (self.config.max_iter, Ending::MaxIter)
    }

    /// Asks the memory for what the samples that come next will need.
    fn ask_ahead(&self) {
        let ahead = self.draws.ahead();
        let (near, far, outputs) = (ahead[NEAR - 1], ahead[FAR - 1], self.config.outputs);
        let [row, values, place] = self.weights.spans(near, far);
        let remembered = Span::of(&self.slopes[far * outputs..][..outputs]);
        let target = Span::of(self.data.y().row(far));
        let spans = [row, values, place, remembered, target, Span::of(&self.drawn[far..=far])];
        prefetch::<T>(self.isa, &spans);
    }

    /// Remembers the slopes of all samples at the weights as they are. A light sample may not have been drawn for many passes;
    /// weights that have settled around what is remembered of it are not where its loss is known now.
    fn refresh(&mut self, observer: &mut impl Observer) -> Control {
        for i in 0..self.data.len() {
            if self.weight(i) > 0.0 {
                self.visit(i, 0.0);
            }
            if self.clock.is_time() && observer.poll() == Control::Stop {
                return Control::Stop;
            }
        }
        Control::Continue
    }

    fn weight(&self, i: usize) -> f64 {
        self.data.weights().map_or(1.0, |weights| weights[i].wide())
    }

    /// Remembers the slope of sample `i`, and takes a step of length `step`.
    fn visit(&mut self, i: usize, step: f64) {
        let s = self.weight(i);
        if !self.drawn[i] {
            self.drawn[i] = true;
            self.total += s;
        }
        self.weights.product(self.isa, i, &mut self.dots);
        self.dots.iter_mut().zip(&self.intercept).for_each(|(dot, b)| *dot = T::of(dot.wide() + b));
        self.slope(i);
        self.remember(i, s, step);
        let drift = Drift {
            decay: 1.0 - step * self.config.alpha,
            rate: step / self.total,
            threshold: step * self.config.beta,
        };
        self.weights.step(self.isa, i, &self.changes, drift);
    }

    /// Turns the predictions in `dots` into slopes.
    fn slope(&mut self, i: usize) {
        let y = self.data.y().at(i, 0).wide();
        match self.config.loss {
            SmoothLoss::Log => self.dots[0] = slope(self.isa, &LogLoss {}, y, self.dots[0]),
            SmoothLoss::Squared => self.dots[0] = slope(self.isa, &SquaredError {}, y, self.dots[0]),
            SmoothLoss::Multinomial => {
                let outputs = self.dots.len();
                softmax_rows(&Team::serial(self.isa), MatMut::new(&mut self.dots, 1, outputs));
                self.dots[y as usize] -= T::one();
            }
        }
    }

    /// Puts the slopes in `dots` in the place of those remembered, and says what follows from the difference.
    fn remember(&mut self, i: usize, s: f64, step: f64) {
        let SagConfig { saga, fit_intercept, intercept_decay, outputs, .. } = *self.config;
        let beyond_average = if saga { step * (1.0 - s / self.total) } else { 0.0 };
        let remembered = &mut self.slopes[i * outputs..][..outputs];
        for (k, (slope, remembered)) in self.dots.iter().zip(remembered).enumerate() {
            let difference = (*slope - *remembered).wide();
            *remembered = *slope;
            self.changes[k] = Change { weights: T::of(beyond_average * difference), sum: T::of(s * difference) };
            if fit_intercept {
                self.intercept_sums[k] += s * difference;
                let average = step * self.intercept_sums[k] / self.total * intercept_decay;
                self.intercept[k] -= average + beyond_average * difference;
            }
        }
    }

    /// Largest change of a weight since the last time, and largest weight; not finite where a weight is not.
    fn settle(&mut self) -> (f64, f64) {
        let (mut change, mut largest) = (0.0_f64, 0.0_f64);
        for (now, before) in self.weights.current(self.isa).iter().zip(self.previous.iter_mut()) {
            let (difference, size) = ((*now - *before).abs().wide(), now.abs().wide());
            // Written so that NaN wins.
            change = if difference <= change { change } else { difference };
            largest = if size <= largest { largest } else { size };
            *before = *now;
        }
        (change, largest)
    }
}

fn slope<T: Real, L: Loss>(isa: Isa, loss: &L, y: f64, p: T) -> T {
    T::of(f64::dispatch(isa, Slope { loss, y, p: p.wide() }))
}

struct Slope<'a, L> {
    loss: &'a L,
    y: f64,
    p: f64,
}

impl<L: Loss> Kernel<f64> for Slope<'_, L> {
    type Output = f64;

    #[inline(always)]
    fn eval<S: Simd<f64>>(self, _: S) -> f64 {
        self.loss.slope(self.y, self.p)
    }
}

/// Says when to ask whether to go on.
struct Clock {
    asked: Instant,
    steps: usize,
    steps_between_looks: usize,
}

impl Clock {
    fn new(step_work: usize) -> Self {
        Self { asked: Instant::now(), steps: 0, steps_between_looks: WORK_BETWEEN_LOOKS / step_work.max(64) + 1 }
    }

    fn is_time(&mut self) -> bool {
        self.steps += 1;
        if self.steps < self.steps_between_looks {
            return false;
        }
        self.steps = 0;
        let now = self.asked.elapsed() >= POLL_EVERY;
        if now {
            self.asked = Instant::now();
        }
        now
    }
}
