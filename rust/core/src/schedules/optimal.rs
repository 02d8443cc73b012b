//! Optimal: Bottou's `1 / (alpha (t0 + t))`, scikit-learn's default for linear classifiers.

use super::{Per, Schedule};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `1 / (alpha (t0 + t))` with `t0 = alpha^(-3/4)`; the optimizer's rate does not matter. t counts from 0, and
    /// scikit-learn's from 1 with `t0 - 1`.
    pub struct Optimal {
        /// Weight of the penalty.
        pub alpha: f64 = 1e-4,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for Optimal {
    fn validate(&self) -> Result<()> {
        require_positive("alpha", self.alpha)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, _base: f64) -> f64 {
        // The first rate is the typical size of a weight.
        let typical = (1.0 / self.alpha.sqrt()).sqrt();
        1.0 / (self.alpha * (1.0 / (typical * self.alpha) + t as f64))
    }
}
