//! Inverse scaling: `rate = lr / (samples_seen + 1)^power_t`, renewed after each epoch.

use super::Schedule;
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of inverse scaling; default as in scikit-learn.
    pub struct InvScaling {
        /// The power.
        pub power_t: f64 = 0.5,
    }
}

impl Schedule for InvScaling {
    fn validate(&self) -> Result<()> {
        let valid = self.power_t >= 0.0 && self.power_t.is_finite();
        require(valid, "power_t", ">= 0 and finite", self.power_t)
    }

    fn after_epoch(&self, initial: f64, _current: f64, samples_seen: u64) -> f64 {
        initial / (samples_seen as f64 + 1.0).powf(self.power_t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_with_the_samples_seen() {
        let schedule = InvScaling::default();
        assert_eq!(schedule.after_epoch(0.5, 9.0, 99), 0.05);
        let error = InvScaling { power_t: -1.0 }.validate().unwrap_err();
        assert_eq!(error.to_string(), "`power_t` must be >= 0 and finite, got -1.0");
    }
}
