//! Several schedules at once, each changing what those before it have made of the rate: PyTorch's `ChainedScheduler`.

use super::rules::require_members;
use super::{ConstantLR, ExponentialLR, Per, Schedule, ScheduleConfig};
use crate::error::Result;
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// The schedules' changes from t - 1 to t, one after the other; names as in PyTorch.
    pub struct ChainedScheduler {
        /// The schedules.
        pub schedulers: Vec<ScheduleConfig> = vec![
            ScheduleConfig::ConstantLR(ConstantLR::default()),
            ScheduleConfig::ExponentialLR(ExponentialLR::default()),
        ],
        /// What t counts, for all of them; `None`: what they count by themselves, if that is the same.
        pub per: Option<Per> = None,
    }
}

impl Schedule for ChainedScheduler {
    fn validate(&self) -> Result<()> {
        require_members(&self.schedulers, self.per.is_some())
    }

    fn per(&self) -> Option<Per> {
        self.per.or_else(|| self.schedulers.iter().find_map(|member| member.rule().per()))
    }

    /// There is no closed form: a chain of annealings depends on every rate before.
    fn rate_at(&self, t: u64, base: f64) -> f64 {
        (0..=t).fold(base, |current, t| self.chained(t, current, base))
    }

    fn momentum_at(&self, t: u64) -> Option<f64> {
        self.schedulers.iter().rev().find_map(|member| member.rule().momentum_at(t))
    }

    fn moves_momentum(&self) -> bool {
        self.schedulers.iter().any(|member| member.rule().moves_momentum())
    }

    fn chained(&self, t: u64, current: f64, base: f64) -> f64 {
        self.schedulers.iter().fold(current, |current, member| member.rule().chained(t, current, base))
    }

    fn advance(&self, t: u64, current: f64, base: f64) -> f64 {
        self.chained(t, if t == 0 { base } else { current }, base)
    }
}
