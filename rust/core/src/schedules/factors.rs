//! Warm-ups by a factor: constant (`ConstantLR`) or growing along a line (`LinearLR`), until the rate is free.

use super::rules::require_count;
use super::{Per, Schedule};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `lr factor` before `total_iters`, `lr` from then on; names and defaults as in PyTorch.
    pub struct ConstantLR {
        /// Factor at first.
        pub factor: f64 = 1.0 / 3.0,
        /// How long.
        pub total_iters: u64 = 5,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Schedule for ConstantLR {
    fn validate(&self) -> Result<()> {
        require_not_negative("factor", self.factor)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        if t < self.total_iters { base * self.factor } else { base }
    }

    fn chained(&self, t: u64, current: f64, base: f64) -> f64 {
        match t {
            _ if self.total_iters == 0 => current,
            0 => current * self.factor,
            // A factor of 0 has left nothing to divide.
            t if t == self.total_iters => {
                if self.factor == 0.0 {
                    base
                } else {
                    current / self.factor
                }
            }
            _ => current,
        }
    }
}

hyper_parameters! {
    /// `lr (s + (e - s) min(t, T) / T)`; names and defaults as in PyTorch.
    pub struct LinearLR {
        /// s, the factor at first.
        pub start_factor: f64 = 1.0 / 3.0,
        /// e, the factor at last.
        pub end_factor: f64 = 1.0,
        /// T, when the factor no longer changes.
        pub total_iters: u64 = 5,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Schedule for LinearLR {
    fn validate(&self) -> Result<()> {
        require_positive("start_factor", self.start_factor)?;
        require_not_negative("end_factor", self.end_factor)?;
        require_count("total_iters", self.total_iters)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let fraction = t.min(self.total_iters) as f64 / self.total_iters as f64;
        base * (self.start_factor + (self.end_factor - self.start_factor) * fraction)
    }

    fn chained(&self, t: u64, current: f64, _base: f64) -> f64 {
        if t == 0 {
            return current * self.start_factor;
        }
        if t > self.total_iters {
            return current;
        }
        let rise = self.end_factor - self.start_factor;
        let before = self.total_iters as f64 * self.start_factor + (t - 1) as f64 * rise;
        current * (1.0 + rise / before)
    }
}
