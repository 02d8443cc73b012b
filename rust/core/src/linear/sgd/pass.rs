//! The loop over samples: one prediction, one slope, one step.
//!
//! ```text
//! p = x w + b
//! w <- (1 - eta alpha (1 - l1)) w - eta slope(y, p) weight x,     b <- b - eta slope(y, p) weight decay
//! ```
//!
//! then the averages, then the cumulative L1 penalty. The order of the operations is scikit-learn's.

use std::ops::Range;

use thalweg_kernels::Real;
use thalweg_kernels::reference::{exp, log};
use thalweg_kernels::rows::{Rows, Shrinkage};
use thalweg_kernels::simd::{Kernel, Simd};

use crate::linear::losses::Loss;

use super::config::{Penalty, Problem, Rate, SgdConfig};
use super::samples::{Samples, Target};
use super::weights::Weights;

/// Slopes beyond are cut, lest one sample overflow the weights.
const LARGEST_SLOPE: f64 = 1e12;

/// Bytes that are to be on their way while a sample is worked on.
const BYTES_AHEAD: usize = 2048;

/// Most rows that are asked for ahead.
const MOST_AHEAD: usize = 8;

/// The numbers of a training, beside the vectors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Numbers {
    pub(super) intercept: f64,
    pub(super) average_intercept: f64,
    /// Number of the next step.
    pub(super) t: f64,
    /// The rate of the last step.
    pub(super) eta: f64,
    /// What every weight should have lost to the L1 penalty so far.
    pub(super) shrinkage: f64,
    /// Steps taken.
    pub(super) steps: u64,
    /// Sum of the losses of this epoch.
    pub(super) loss: f64,
    /// The same with the penalty at the time.
    pub(super) objective: f64,
}

/// A stretch of an epoch.
pub(super) struct Pass<'a, T, R> {
    pub(super) rows: R,
    /// Whether `rows` are those of the stretch alone, in the order of their use.
    pub(super) copied: bool,
    pub(super) samples: &'a Samples<'a, T>,
    pub(super) config: &'a SgdConfig,
    pub(super) problem: &'a Problem,
    /// t0 of the rate `optimal`.
    pub(super) optimal_start: f64,
    pub(super) order: &'a [u32],
    pub(super) range: Range<usize>,
    pub(super) weights: Weights<'a, T>,
    /// What each weight has lost to the L1 penalty so far; empty without one.
    pub(super) applied: &'a mut [T],
    pub(super) numbers: Numbers,
}

impl<'a, T: Real, R: Rows<T>> Kernel<T> for Pass<'a, T, R> {
    /// The numbers after the stretch, and those of the weights.
    type Output = (Numbers, super::weights::Scaling);

    #[inline(always)]
    fn eval<S: Simd<T>>(mut self, s: S) -> Self::Output {
        let target = Target::new(self.config, self.problem);
        let row_bytes = self.rows.stored().div_ceil(self.rows.rows().max(1)) * size_of::<T>();
        let ahead = (BYTES_AHEAD / row_bytes.max(1)).clamp(1, MOST_AHEAD);
        for k in self.range.clone() {
            self.ask_ahead(s, k, ahead);
            let sample = self.order[k] as usize;
            if !self.samples.held_out.is_some_and(|held_out| held_out[sample]) {
                self.step(s, self.row(k), target.of(self.samples.y[sample]), self.samples.weight(sample));
            }
        }
        (self.numbers, self.weights.scaling)
    }
}

impl<T: Real, R: Rows<T>> Pass<'_, T, R> {
    /// Which of the rows is that of sample number `k`.
    #[inline(always)]
    fn row(&self, k: usize) -> usize {
        if self.copied { k - self.range.start } else { self.order[k] as usize }
    }

    /// Numbers below may be asked for ahead.
    #[inline(always)]
    fn end(&self) -> usize {
        if self.copied { self.range.end } else { self.order.len() }
    }

    /// Has the rows after number `k` on their way into the cache, with all that belongs to them: what is nearer needs what
    /// was asked for before.
    #[inline(always)]
    fn ask_ahead<S: Simd<T>>(&self, s: S, k: usize, ahead: usize) {
        if k + 2 * ahead < self.end() {
            self.rows.prefetch_place(s, self.row(k + 2 * ahead));
        }
        if k + ahead < self.end() {
            self.rows.prefetch(s, self.row(k + ahead));
        }
        if let Some(&sample) = self.order.get(k + ahead) {
            s.prefetch(&raw const self.samples.y[sample as usize]);
            if let Some(weights) = self.samples.weights {
                s.prefetch(&raw const weights[sample as usize]);
            }
        }
    }

    #[inline(always)]
    fn step<S: Simd<T>>(&mut self, s: S, row: usize, y: f64, weight: f64) {
        let config = self.config;
        let p = self.weights.dot(s, self.rows, row) + self.numbers.intercept;
        self.set_rate();
        let summed = config.sums_objective();
        // In one place: what is inlined twice is compiled twice, for each CPU path and kind of row.
        let needed = summed || config.learning_rate.is_passive_aggressive();
        let loss = if needed { config.loss.value(y, p) } else { 0.0 };
        if summed {
            self.sum_objective(loss);
        }
        let Some(update) = self.update(s, row, y, p, loss) else { return };
        let class_weight = if y > 0.0 { self.problem.weight_pos } else { self.problem.weight_neg };
        let update = update * (class_weight * weight);
        let (eta, share) = (self.numbers.eta, config.l1_share());
        if matches!(config.penalty, Penalty::L2 | Penalty::ElasticNet) {
            // Weights do not change sign where rate or penalty are too large: they become zero.
            self.weights.decay((1.0 - (1.0 - share) * eta * config.alpha).max(0.0));
        }
        if update != 0.0 {
            self.weights.add(s, self.rows, row, update, summed);
        }
        if config.fit_intercept {
            let pull = if config.one_class { eta * config.alpha } else { 0.0 };
            self.numbers.intercept += (update - pull) * config.intercept_decay;
        }
        self.average(s, row, update);
        if matches!(config.penalty, Penalty::L1 | Penalty::ElasticNet) {
            self.numbers.shrinkage += share * eta * config.alpha;
            let shrinkage =
                Shrinkage { total: T::of(self.numbers.shrinkage), scale: T::of(self.weights.scaling.factor) };
            self.rows.shrink(s, row, shrinkage, self.weights.w, self.applied);
        }
        self.numbers.t += 1.0;
        self.numbers.steps += 1;
    }

    /// Sets the rate of this step, where it depends on the time.
    #[inline(always)]
    fn set_rate(&mut self) {
        let (config, t) = (self.config, self.numbers.t);
        match config.learning_rate {
            Rate::Optimal => self.numbers.eta = 1.0 / (config.alpha * (self.optimal_start + t - 1.0)),
            Rate::InvScaling => self.numbers.eta = config.eta0 / power(t, config.power_t),
            Rate::Constant | Rate::Adaptive | Rate::Pa1 | Rate::Pa2 => {}
        }
    }

    #[inline(always)]
    fn sum_objective(&mut self, loss: f64) {
        let (config, scaling, share) = (self.config, &self.weights.scaling, self.config.l1_share());
        self.numbers.loss += loss;
        self.numbers.objective += loss;
        if config.learning_rate.is_passive_aggressive() {
            return;
        }
        if config.penalty != Penalty::None {
            self.numbers.objective +=
                config.alpha * ((1.0 - share) * 0.5 * scaling.squares + share * scaling.magnitudes);
        }
        if config.one_class {
            self.numbers.objective += self.numbers.intercept * config.alpha;
        }
    }

    /// The factor of the row in this step, before any weight; `None` where there is no step.
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, row: usize, y: f64, p: f64, loss: f64) -> Option<f64> {
        let config = self.config;
        if !config.learning_rate.is_passive_aggressive() {
            let slope = config.loss.slope(y, p).clamp(-LARGEST_SLOPE, LARGEST_SLOPE);
            return Some(-self.numbers.eta * slope);
        }
        let squares = self.rows.sum_squares(s, row).wide();
        let step = match config.learning_rate {
            Rate::Pa1 if squares == 0.0 => return None,
            Rate::Pa1 => config.eta0.min(loss / squares),
            _ => loss / (squares + 0.5 / config.eta0),
        };
        // Classes say the direction themselves.
        let direction = match self.problem.class {
            Some(_) => y,
            None if y < p => -1.0,
            None => 1.0,
        };
        Some(step * direction)
    }

    /// Takes weights and intercept into their averages.
    #[inline(always)]
    fn average<S: Simd<T>>(&mut self, s: S, row: usize, update: f64) {
        let (first, numbers) = (self.config.average as f64, &mut self.numbers);
        if first > 0.0 && first <= numbers.t {
            let count = numbers.t - first + 1.0;
            self.weights.add_to_average(s, self.rows, row, update, count);
            numbers.average_intercept += (numbers.intercept - numbers.average_intercept) / count;
        }
    }
}

/// `t^power` for t >= 1.
#[inline(always)]
fn power(t: f64, power: f64) -> f64 {
    // The usual powers, faster and to the last bit.
    if power == 0.25 {
        t.sqrt().sqrt()
    } else if power == 0.5 {
        t.sqrt()
    } else {
        exp(power * log(t))
    }
}

/// t0 of the rate `optimal`: the first step is as long as a typical weight, by the heuristic of scikit-learn (after Bottou).
pub(super) fn optimal_start(config: &SgdConfig) -> f64 {
    let typical = (1.0 / config.alpha.sqrt()).sqrt();
    let first_rate = typical / config.loss.slope(1.0, -typical).max(1.0);
    1.0 / (first_rate * config.alpha)
}
