//! Half the squared error: ordinary least squares.
//!
//! ```text
//! loss = (p - y)^2 / 2
//! ```

use super::{Loss, Targets};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct SquaredError {}
}

impl Loss for SquaredError {
    fn targets(&self) -> Targets {
        Targets::Real
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        0.5 * (p - y) * (p - y)
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        p - y
    }
}
