//! Absolute error beyond a band: support vector regression.
//!
//! ```text
//! loss = max(0, |p - y| - epsilon)
//! ```

use super::{Loss, Targets};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Default as in scikit-learn.
    pub struct EpsilonInsensitive {
        /// Half the width of the band.
        pub epsilon: f64 = 0.1,
    }
}

impl Loss for EpsilonInsensitive {
    fn validate(&self) -> Result<()> {
        require_not_negative("epsilon", self.epsilon)
    }

    fn targets(&self) -> Targets {
        Targets::Real
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        ((p - y).abs() - self.epsilon).max(0.0)
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        if y - p > self.epsilon {
            -1.0
        } else if p - y > self.epsilon {
            1.0
        } else {
            0.0
        }
    }
}
