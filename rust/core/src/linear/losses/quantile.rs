//! The pinball loss (Koenker and Bassett, 1978): a quantile of the targets.
//!
//! ```text
//! loss = quantile (y - p) for p <= y,     (1 - quantile) (p - y) above
//! ```

use super::{Loss, Targets};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// The median by default.
    pub struct Quantile {
        /// Share of the targets that are to lie below the prediction.
        pub quantile: f64 = 0.5,
    }
}

impl Loss for Quantile {
    fn validate(&self) -> Result<()> {
        require(self.quantile > 0.0 && self.quantile < 1.0, "quantile", "in (0, 1)", self.quantile)
    }

    fn targets(&self) -> Targets {
        Targets::Real
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        if p <= y { self.quantile * (y - p) } else { (1.0 - self.quantile) * (p - y) }
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        // A prediction that is right stays where it is.
        if p > y {
            1.0 - self.quantile
        } else if p < y {
            -self.quantile
        } else {
            0.0
        }
    }
}
