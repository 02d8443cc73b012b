//! Inverse scaling: a power of the time, which scikit-learn's networks count in samples and look at after each epoch.

use super::{Per, Schedule};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `lr / (t + 1)^power_t`; default as in scikit-learn's networks.
    pub struct InvScaling {
        /// The power.
        pub power_t: f64 = 0.5,
        /// What t counts.
        pub per: Per = Per::Sample,
    }
}

impl Schedule for InvScaling {
    fn validate(&self) -> Result<()> {
        require_not_negative("power_t", self.power_t)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        // The platform's function, as scikit-learn's is: its tests compare rates bit by bit.
        base / (t as f64 + 1.0).powf(self.power_t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_with_the_samples_seen() {
        let schedule = InvScaling::default();
        assert_eq!(schedule.rate_at(99, 0.5), 0.05);
        let error = InvScaling { power_t: -1.0, ..schedule }.validate().unwrap_err();
        assert_eq!(error.to_string(), "`power_t` must be >= 0 and finite, got -1.0");
    }
}
