//! Functions of the caller, evaluated beforehand: factors of the optimizer's rate (`LambdaLR`), or of the rate before
//! (`MultiplicativeLR`).

use super::rules::require_all;
use super::{Per, Schedule};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `lr factors[t]`; after the table, its last factor.
    pub struct LambdaLR {
        /// Factors for t = 0, 1, …
        pub factors: Vec<f64> = vec![1.0],
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Schedule for LambdaLR {
    fn validate(&self) -> Result<()> {
        require(!self.factors.is_empty(), "factors", "at least one factor", 0)?;
        require_all("factors", &self.factors)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let last = self.factors.len() - 1;
        base * self.factors[usize::try_from(t).map_or(last, |t| t.min(last))]
    }
}

hyper_parameters! {
    /// `lr factors[1] … factors[t]`; after the table, nothing changes.
    pub struct MultiplicativeLR {
        /// Factors for t = 0, 1, …, of which the first is not used.
        pub factors: Vec<f64> = vec![1.0],
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Schedule for MultiplicativeLR {
    fn validate(&self) -> Result<()> {
        require(!self.factors.is_empty(), "factors", "at least one factor", 0)?;
        require_all("factors", &self.factors)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let t = usize::try_from(t).unwrap_or(usize::MAX);
        self.factors.iter().skip(1).take(t).fold(base, |rate, factor| rate * factor)
    }

    fn chained(&self, t: u64, current: f64, _base: f64) -> f64 {
        let factor = usize::try_from(t).ok().and_then(|t| self.factors.get(t));
        if t == 0 { current } else { current * factor.copied().unwrap_or(1.0) }
    }

    fn advance(&self, t: u64, current: f64, base: f64) -> f64 {
        if t == 0 { base } else { self.chained(t, current, base) }
    }
}
