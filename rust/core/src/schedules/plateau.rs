//! Reduce on plateau: a smaller rate whenever a metric has stopped improving, by the rules of PyTorch, optax or Keras.

use serde::Deserialize;

use super::rules::require_count;
use super::{Per, Schedule};
use crate::error::{Result, require, require_not_negative};
use crate::hyper::{choice, hyper_parameters};

choice! {
    /// Which way the metric improves.
    pub enum Direction {
        /// Downwards, as a loss does.
        Min = "min",
        /// Upwards, as a score does.
        Max = "max",
    }
}

choice! {
    /// What the threshold is measured in.
    pub enum ThresholdMode {
        /// In terms of the best metric.
        Rel = "rel",
        /// As it is.
        Abs = "abs",
    }
}

choice! {
    /// How the libraries count bad metrics and the time after a reduction.
    pub enum Rule {
        /// Reduces when more than `patience` in a row are bad; what comes in the cooldown is not counted.
        Torch = "torch",
        /// Reduces when `patience` in a row are bad; what comes in the cooldown is not counted.
        Optax = "optax",
        /// Reduces when `patience` in a row are bad; the last of the cooldown is counted already.
        Keras = "keras",
    }
}

hyper_parameters! {
    /// Names and defaults as in PyTorch; `accumulation_size` from optax.
    pub struct ReduceLROnPlateau {
        /// Which way the metric improves.
        pub mode: Direction = Direction::Min,
        /// What the rate is multiplied by.
        pub factor: f64 = 0.1,
        /// Bad metrics in a row that are put up with.
        pub patience: u64 = 10,
        /// By how much a metric must be better to be an improvement.
        pub threshold: f64 = 1e-4,
        /// What the threshold is measured in.
        pub threshold_mode: ThresholdMode = ThresholdMode::Rel,
        /// Metrics to pass over after a reduction.
        pub cooldown: u64 = 0,
        /// The rate is not reduced below.
        pub min_lr: f64 = 0.0,
        /// A reduction by no more than this is not made.
        pub eps: f64 = 1e-8,
        /// How bad metrics are counted.
        pub rule: Rule = Rule::Torch,
        /// Metrics of which the mean is taken first.
        pub accumulation_size: u64 = 1,
    }
}

/// What a schedule remembers of the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Watch {
    /// The best so far.
    pub best: Option<f64>,
    /// Bad ones in a row.
    pub num_bad_epochs: u64,
    /// What is left of the cooldown.
    pub cooldown_counter: u64,
    /// Metrics in the mean that is being taken.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
}

impl ReduceLROnPlateau {
    /// NaN is never better.
    fn is_better(&self, metric: f64, best: Option<f64>) -> bool {
        let upwards = self.mode == Direction::Max;
        let worst = if upwards { f64::NEG_INFINITY } else { f64::INFINITY };
        let best = best.unwrap_or(worst);
        let signed = if upwards { self.threshold } else { -self.threshold };
        let bound = match self.threshold_mode {
            _ if best.is_infinite() => best,
            ThresholdMode::Abs => best + signed,
            // Beyond the best whatever its sign: PyTorch's product lies on the near side of a negative one.
            ThresholdMode::Rel => best * (1.0 + signed * best.signum()),
        };
        if upwards { metric > bound } else { metric < bound }
    }

    /// Takes note of a metric; whether the rate is to be reduced.
    fn is_plateau(&self, watch: &mut Watch, metric: f64) -> bool {
        let better = self.is_better(metric, watch.best);
        if better {
            watch.best = Some(metric);
        }
        let counted = watch.cooldown_counter == 0 || (self.rule == Rule::Keras && watch.cooldown_counter == 1);
        watch.cooldown_counter = watch.cooldown_counter.saturating_sub(1);
        watch.num_bad_epochs = if better || !counted { 0 } else { watch.num_bad_epochs + 1 };
        let limit = if self.rule == Rule::Torch { self.patience.saturating_add(1) } else { self.patience.max(1) };
        watch.num_bad_epochs >= limit
    }
}

impl Schedule for ReduceLROnPlateau {
    fn validate(&self) -> Result<()> {
        require((0.0..1.0).contains(&self.factor), "factor", "in [0, 1)", self.factor)?;
        require_not_negative("threshold", self.threshold)?;
        require_not_negative("min_lr", self.min_lr)?;
        require_not_negative("eps", self.eps)?;
        require_count("accumulation_size", self.accumulation_size)?;
        let possible = self.rule == Rule::Torch || self.patience > 0;
        require(possible, "patience", format_args!("at least 1 with the rule {:?}", self.rule.name()), self.patience)
    }

    fn per(&self) -> Option<Per> {
        None
    }

    fn follows_time(&self) -> bool {
        false
    }

    fn rate_at(&self, _t: u64, base: f64) -> f64 {
        base
    }

    fn on_metric(&self, watch: &mut Watch, metric: f64, current: f64) -> f64 {
        watch.mean = (watch.count as f64 * watch.mean + metric) / (watch.count + 1) as f64;
        watch.count += 1;
        if watch.count < self.accumulation_size {
            return current;
        }
        let mean = watch.mean;
        (watch.count, watch.mean) = (0, 0.0);
        if !self.is_plateau(watch, mean) {
            return current;
        }
        let reduced = (current * self.factor).max(self.min_lr);
        // Keras goes on waiting where the rate has come to its bound.
        if self.rule != Rule::Keras || current > self.min_lr {
            watch.num_bad_epochs = 0;
            watch.cooldown_counter = self.cooldown;
        }
        if current - reduced > self.eps { reduced } else { current }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(schedule: &ReduceLROnPlateau, metrics: &[f64]) -> Vec<f64> {
        let mut watch = Watch::default();
        let mut rate = 0.5;
        let mut next = |metric: &f64| {
            rate = schedule.on_metric(&mut watch, *metric, rate);
            rate
        };
        metrics.iter().map(&mut next).collect()
    }

    #[test]
    fn a_negative_metric_that_gets_worse_is_no_improvement() {
        let schedule = ReduceLROnPlateau { patience: 2, factor: 0.5, threshold: 0.1, ..Default::default() };
        assert_eq!(rates(&schedule, &[-10.0, -9.5, -9.2, -8.8, -8.5]), [0.5, 0.5, 0.5, 0.25, 0.25]);
        assert_eq!(rates(&schedule, &[-10.0, -11.5, -13.0, -15.0]), [0.5; 4]);
        let upwards = ReduceLROnPlateau { mode: Direction::Max, ..schedule };
        assert_eq!(rates(&upwards, &[-10.0, -10.5, -10.8, -10.9]), [0.5, 0.5, 0.5, 0.25]);
        assert_eq!(rates(&upwards, &[-10.0, -8.9, -8.0, -7.1]), [0.5; 4]);
    }

    #[test]
    fn nan_and_the_first_metric() {
        let schedule = ReduceLROnPlateau { patience: 0, factor: 0.5, ..Default::default() };
        assert_eq!(rates(&schedule, &[1e300, f64::NAN, 1.0]), [0.5, 0.25, 0.25]);
        let exact = ReduceLROnPlateau { threshold: 1.0, ..schedule };
        assert_eq!(rates(&exact, &[3.0, 1.0]), [0.5, 0.25]);
    }

    #[test]
    fn means_are_taken_first() {
        let schedule = ReduceLROnPlateau { patience: 0, factor: 0.5, accumulation_size: 2, ..Default::default() };
        assert_eq!(rates(&schedule, &[3.0, 1.0, 1.0, 2.9, 2.0, 2.0]), [0.5, 0.5, 0.5, 0.5, 0.5, 0.25]);
    }

    #[test]
    fn a_bounded_rate_stays() {
        let schedule = ReduceLROnPlateau { patience: 0, factor: 0.5, min_lr: 0.2, ..Default::default() };
        assert_eq!(rates(&schedule, &[1.0; 5]), [0.5, 0.25, 0.2, 0.2, 0.2]);
    }
}
