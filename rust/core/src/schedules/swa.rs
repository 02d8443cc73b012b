//! The rate for averaging weights: Izmailov et al. 2018. From the optimizer's rate to a constant one.

use super::math::Anneal;
use super::{Per, Schedule};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `swa_lr a + lr (1 - a)`, with a from 0 to 1 in `anneal_epochs`; names and defaults as in PyTorch.
    pub struct Swalr {
        /// The rate at last.
        pub swa_lr: f64 = 0.05,
        /// How long it takes to come there.
        pub anneal_epochs: u64 = 10,
        /// Along which curve.
        pub anneal_strategy: Anneal = Anneal::Cos,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Swalr {
    /// The weight of `swa_lr` at `t`.
    fn weight(&self, t: u64) -> f64 {
        if t >= self.anneal_epochs {
            return 1.0;
        }
        self.anneal_strategy.between(0.0, 1.0, t as f64 / self.anneal_epochs as f64)
    }
}

impl Schedule for Swalr {
    fn validate(&self) -> Result<()> {
        require_not_negative("swa_lr", self.swa_lr)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let weight = self.weight(t);
        self.swa_lr * weight + base * (1.0 - weight)
    }

    fn chained(&self, t: u64, current: f64, _base: f64) -> f64 {
        // The rate from which the current one has come, if this schedule alone has changed it.
        let before = self.weight(t.saturating_sub(1));
        let origin = if before == 1.0 { self.swa_lr } else { (current - before * self.swa_lr) / (1.0 - before) };
        self.rate_at(t, origin)
    }
}
