//! Steps down: the rate is multiplied by gamma every so often (`StepLR`), or at given times (`MultiStepLR`).

use super::math::power;
use super::rules::require_count;
use super::{Per, Schedule};
use crate::error::{Result, require, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `lr gamma^floor(t / step_size)`; names and defaults as in PyTorch.
    pub struct StepLR {
        /// Length of a step.
        pub step_size: u64 = 30,
        /// Factor from one step to the next.
        pub gamma: f64 = 0.1,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Schedule for StepLR {
    fn validate(&self) -> Result<()> {
        require_count("step_size", self.step_size)?;
        require_not_negative("gamma", self.gamma)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        base * power(self.gamma, (t / self.step_size) as f64)
    }

    fn chained(&self, t: u64, current: f64, _base: f64) -> f64 {
        if t > 0 && t.is_multiple_of(self.step_size) { current * self.gamma } else { current }
    }
}

hyper_parameters! {
    /// `lr gamma^(number of milestones <= t)`; names and defaults as in PyTorch.
    pub struct MultiStepLR {
        /// When the rate changes, in any order; a milestone given twice counts twice.
        pub milestones: Vec<u64> = vec![30, 80],
        /// Factor at each milestone.
        pub gamma: f64 = 0.1,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl MultiStepLR {
    fn count(&self, reached: impl Fn(u64) -> bool) -> f64 {
        self.milestones.iter().filter(|milestone| reached(**milestone)).count() as f64
    }
}

impl Schedule for MultiStepLR {
    fn validate(&self) -> Result<()> {
        // Whether one at 0 counts would depend on the point of view: the first rate, or a change.
        require(!self.milestones.contains(&0), "milestones", "at least 1 each", &self.milestones)?;
        require_not_negative("gamma", self.gamma)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        base * power(self.gamma, self.count(|milestone| milestone <= t))
    }

    fn chained(&self, t: u64, current: f64, _base: f64) -> f64 {
        current * power(self.gamma, self.count(|milestone| milestone == t))
    }
}
