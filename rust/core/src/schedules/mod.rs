//! Schedules: the learning rate as a function of time, and for a few of what training has shown. One file a member or a
//! pair of relatives; the registry is [`ScheduleConfig`], one line a member.
//!
//! Nearly all are closed forms: t in, rate out, nothing remembered. So a run may be taken up anywhere, and whole epochs need
//! one call. What remembers something says so: [`ReduceLROnPlateau`] by its [`Watch`].

mod adaptive;
mod chained;
mod constant;
mod cosine;
mod cyclic;
mod exponential;
mod factors;
mod inverse_time;
mod invscaling;
mod math;
mod one_cycle;
mod optimal;
mod piecewise;
mod plateau;
mod polynomial;
mod restarts;
mod rex;
mod rules;
mod sequential;
mod steps;
mod swa;
mod tables;
mod warmup_stable_decay;

use crate::error::{Result, require, require_not_negative};
use crate::hyper::{Member, Value, choice, registry};

pub use adaptive::Adaptive;
pub use chained::ChainedScheduler;
pub use constant::Constant;
pub use cosine::{CosineAnnealingLR, CosineDecay};
pub use cyclic::{CyclicLR, Mode, ScaleMode};
pub use exponential::{ExponentialDecay, ExponentialLR};
pub use factors::{ConstantLR, LinearLR};
pub use inverse_time::InverseTimeDecay;
pub use invscaling::InvScaling;
pub use math::Anneal;
pub use one_cycle::OneCycleLR;
pub use optimal::Optimal;
pub use piecewise::{Between, PiecewiseConstantDecay, PiecewiseInterpolate};
pub use plateau::{Direction, ReduceLROnPlateau, Rule, ThresholdMode, Watch};
pub use polynomial::{PolynomialDecay, PolynomialLR};
pub use restarts::{CosineAnnealingWarmRestarts, CosineDecayRestarts};
pub use rex::Rex;
pub use sequential::SequentialLR;
pub use steps::{MultiStepLR, StepLR};
pub use swa::Swalr;
pub use tables::{LambdaLR, MultiplicativeLR};
pub use warmup_stable_decay::{Decay, WarmupStableDecay};

choice! {
    /// What the time t of a schedule counts, from 0.
    pub enum Per {
        /// Steps of the optimizer: a rate for each mini-batch.
        Step = "step",
        /// Finished epochs: a rate for each epoch.
        Epoch = "epoch",
        /// Samples seen by finished epochs, as scikit-learn's networks count: a rate for each epoch.
        Sample = "sample",
    }
}

/// A rule for the learning rate.
pub trait Schedule {
    /// Checks the hyper-parameters.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    fn validate(&self) -> Result<()> {
        Ok(())
    }

    /// What t counts; `None`: time does not change the rate.
    fn per(&self) -> Option<Per>;

    /// The rate at `t`, where the optimizer's own rate is `base`.
    fn rate_at(&self, t: u64, base: f64) -> f64;

    /// The momentum at `t`; `None`: the optimizer's own.
    fn momentum_at(&self, _t: u64) -> Option<f64> {
        None
    }

    /// Whether the schedule has a momentum at some time.
    fn moves_momentum(&self) -> bool {
        self.momentum_at(0).is_some()
    }

    /// The last `t` there is a rate for; afterwards it stays.
    fn end(&self) -> Option<u64> {
        None
    }

    /// The rate at `t` in a chain of schedules, given what is `current` after those before it in the chain: what
    /// PyTorch's recursive form makes of it. Most ignore what they find.
    fn chained(&self, t: u64, _current: f64, base: f64) -> f64 {
        self.rate_at(t, base)
    }

    /// The same as [`Self::rate_at`], given the rate at `t - 1`: for those which would have to begin at 0.
    fn advance(&self, t: u64, _current: f64, base: f64) -> f64 {
        self.rate_at(t, base)
    }

    /// Whether the rate is a function of time alone, so that it can be part of another schedule.
    fn follows_time(&self) -> bool {
        true
    }

    /// The rate after a metric, the loss of an epoch.
    fn on_metric(&self, _watch: &mut Watch, _metric: f64, current: f64) -> f64 {
        current
    }

    /// What to do when there has been no improvement for too long.
    fn on_plateau(&self, _current: f64) -> Plateau {
        Plateau::Stop
    }
}

/// The answer to a lack of improvement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Plateau {
    /// Training has converged.
    Stop,
    /// Go on with this rate.
    Reduce(f64),
    /// The rate cannot be reduced further: stop.
    TooSmall,
}

registry! {
    /// The registry of schedules: a member with its hyper-parameters, as a configuration tags it by `name`.
    pub enum ScheduleConfig {
        /// The same rate throughout.
        "constant" => Constant,
        /// A power of the time.
        "invscaling" => InvScaling,
        /// A fifth whenever there is no improvement.
        "adaptive" => Adaptive,
        /// The inverse of the time.
        "optimal" => Optimal,
        /// A table of factors.
        "LambdaLR" => LambdaLR,
        /// A table of factors from one t to the next.
        "MultiplicativeLR" => MultiplicativeLR,
        /// A factor every so often.
        "StepLR" => StepLR,
        /// A factor at given times.
        "MultiStepLR" => MultiStepLR,
        /// A factor at first.
        "ConstantLR" => ConstantLR,
        /// A factor that changes along a line.
        "LinearLR" => LinearLR,
        /// A factor at every t.
        "ExponentialLR" => ExponentialLR,
        /// A power of what is left.
        "PolynomialLR" => PolynomialLR,
        /// Along a cosine.
        "CosineAnnealingLR" => CosineAnnealingLR,
        /// Along a cosine, again and again.
        "CosineAnnealingWarmRestarts" => CosineAnnealingWarmRestarts,
        /// Up and down, again and again.
        "CyclicLR" => CyclicLR,
        /// Up and down.
        "OneCycleLR" => OneCycleLR,
        /// One after the other.
        "SequentialLR" => SequentialLR,
        /// All at once.
        "ChainedScheduler" => ChainedScheduler,
        /// To the rate for averaging weights.
        "SWALR" => Swalr,
        /// A factor whenever a metric stagnates.
        "ReduceLROnPlateau" => ReduceLROnPlateau,
        /// A factor in a given time.
        "ExponentialDecay" => ExponentialDecay,
        /// The inverse of a line.
        "InverseTimeDecay" => InverseTimeDecay,
        /// Given rates.
        "PiecewiseConstantDecay" => PiecewiseConstantDecay,
        /// From one rate to another.
        "PolynomialDecay" => PolynomialDecay,
        /// Along a cosine, after a warm-up.
        "CosineDecay" => CosineDecay,
        /// Along a cosine, again and again, and lower each time.
        "CosineDecayRestarts" => CosineDecayRestarts,
        /// Factors at given times, and ways between them.
        "PiecewiseInterpolate" => PiecewiseInterpolate,
        /// Up, along, and down.
        "WarmupStableDecay" => WarmupStableDecay,
        /// Down for a given budget.
        "REX" => Rex,
    }
}

impl From<ScheduleConfig> for Value {
    fn from(schedule: ScheduleConfig) -> Self {
        Self::Member(Box::new(Member::from(&schedule)))
    }
}

impl ScheduleConfig {
    /// The member as a rule.
    #[must_use]
    pub fn rule(&self) -> &dyn Schedule {
        any!(self, member => member)
    }

    /// The rate at each of `times`; an ascending run of them takes no longer than its length, whatever the schedule.
    ///
    /// # Errors
    /// For a rate that is negative or not finite, and for a time after the schedule's end.
    pub fn rates(&self, times: &[u64], base: f64) -> Result<Vec<f64>> {
        require_not_negative("lr", base)?;
        let rule = self.checked(times)?;
        let mut rates: Vec<f64> = Vec::with_capacity(times.len());
        for (i, &t) in times.iter().enumerate() {
            let follows = i > 0 && times[i - 1].checked_add(1) == Some(t);
            rates.push(if follows { rule.advance(t, rates[i - 1], base) } else { rule.rate_at(t, base) });
        }
        Ok(rates)
    }

    /// The momentum at each of `times`; `None` where the schedule leaves it to the optimizer at one of them.
    ///
    /// # Errors
    /// For a time after the schedule's end.
    pub fn momenta(&self, times: &[u64]) -> Result<Option<Vec<f64>>> {
        let rule = self.checked(times)?;
        Ok(times.iter().map(|t| rule.momentum_at(*t)).collect())
    }

    fn checked(&self, times: &[u64]) -> Result<&dyn Schedule> {
        let rule = self.rule();
        rule.validate()?;
        require(rule.follows_time(), "schedule", "a function of the step", self.name())?;
        if let Some(end) = rule.end() {
            let late = times.iter().copied().find(|t| *t > end);
            require(late.is_none(), "t", format_args!("at most total_steps = {end}"), late.unwrap_or(end))?;
        }
        Ok(rule)
    }
}
