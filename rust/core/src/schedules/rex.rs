//! REX, reflected exponential decay for a given budget: Chen, Wolfe and Kyrillidis 2022.

use super::rules::require_count;
use super::{Per, Schedule};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `min_lr + (lr - min_lr) (1 - x) / (1 - x / 2)` with `x = t / total_steps`.
    pub struct Rex {
        /// The budget.
        pub total_steps: u64 = 100,
        /// The rate at last.
        pub min_lr: f64 = 0.0,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for Rex {
    fn validate(&self) -> Result<()> {
        require_count("total_steps", self.total_steps)?;
        require_not_negative("min_lr", self.min_lr)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let x = t.min(self.total_steps) as f64 / self.total_steps as f64;
        self.min_lr + (base - self.min_lr) * ((1.0 - x) / (1.0 - x / 2.0))
    }
}
