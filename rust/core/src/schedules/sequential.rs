//! One schedule after another, each from its own time 0 and the optimizer's rate: PyTorch's `SequentialLR`, optax's
//! `join_schedules`.

use super::rules::{require_ascending, require_members};
use super::{ConstantLR, ExponentialLR, Per, Schedule, ScheduleConfig};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Schedule i from milestone i - 1 on, which is its time 0; names as in PyTorch.
    pub struct SequentialLR {
        /// The schedules.
        pub schedulers: Vec<ScheduleConfig> = vec![
            ScheduleConfig::ConstantLR(ConstantLR::default()),
            ScheduleConfig::ExponentialLR(ExponentialLR::default()),
        ],
        /// When each but the first begins.
        pub milestones: Vec<u64> = vec![5],
        /// What t counts, for all of them; `None`: what they count by themselves, if that is the same.
        pub per: Option<Per> = None,
    }
}

impl SequentialLR {
    /// The schedule in force, and its own time.
    fn member(&self, t: u64) -> (usize, &dyn Schedule, u64) {
        let i = self.milestones.partition_point(|milestone| *milestone <= t);
        let begin = if i == 0 { 0 } else { self.milestones[i - 1] };
        (i, self.schedulers[i].rule(), t - begin)
    }
}

impl Schedule for SequentialLR {
    fn validate(&self) -> Result<()> {
        require_members(&self.schedulers, self.per.is_some())?;
        require_ascending("milestones", &self.milestones)?;
        let count = self.schedulers.len() - 1;
        let rule = format_args!("{count} times, one less than `schedulers`");
        require(self.milestones.len() == count, "milestones", rule, self.milestones.len())
    }

    fn per(&self) -> Option<Per> {
        self.per.or_else(|| self.schedulers.iter().find_map(|member| member.rule().per()))
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let (_, member, t) = self.member(t);
        member.rate_at(t, base)
    }

    fn momentum_at(&self, t: u64) -> Option<f64> {
        let (_, member, t) = self.member(t);
        member.momentum_at(t)
    }

    fn moves_momentum(&self) -> bool {
        self.schedulers.iter().any(|member| member.rule().moves_momentum())
    }

    fn chained(&self, t: u64, current: f64, base: f64) -> f64 {
        let (i, member, t) = self.member(t);
        // PyTorch begins each schedule but the first from the base rate, whatever the chain has made of it.
        if i > 0 && t == 0 { member.rate_at(0, base) } else { member.chained(t, current, base) }
    }

    fn advance(&self, t: u64, current: f64, base: f64) -> f64 {
        let (_, member, t) = self.member(t);
        member.advance(t, current, base)
    }
}
