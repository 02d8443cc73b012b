//! Squared error beyond a band.
//!
//! ```text
//! loss = max(0, |p - y| - epsilon)^2
//! ```

use super::{Loss, Targets};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Default as in scikit-learn.
    pub struct SquaredEpsilonInsensitive {
        /// Half the width of the band.
        pub epsilon: f64 = 0.1,
    }
}

impl Loss for SquaredEpsilonInsensitive {
    fn validate(&self) -> Result<()> {
        require_not_negative("epsilon", self.epsilon)
    }

    fn targets(&self) -> Targets {
        Targets::Real
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        let beyond = ((p - y).abs() - self.epsilon).max(0.0);
        beyond * beyond
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        2.0 * ((p - y).abs() - self.epsilon).max(0.0).copysign(p - y)
    }
}
