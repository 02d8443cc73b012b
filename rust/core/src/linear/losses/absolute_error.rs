//! Absolute error: the median of the targets, which outliers do not move.
//!
//! ```text
//! loss = |p - y|
//! ```

use super::{Loss, Targets};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct AbsoluteError {}
}

impl Loss for AbsoluteError {
    fn targets(&self) -> Targets {
        Targets::Real
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        (p - y).abs()
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        // A prediction that is right stays where it is.
        if p > y {
            1.0
        } else if p < y {
            -1.0
        } else {
            0.0
        }
    }
}
