//! The squared hinge.
//!
//! ```text
//! loss = max(0, 1 - y p)^2
//! ```

use super::{Loss, Targets};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct SquaredHinge {}
}

impl Loss for SquaredHinge {
    fn targets(&self) -> Targets {
        Targets::Signs
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        let short = (1.0 - y * p).max(0.0);
        short * short
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        -2.0 * y * (1.0 - y * p).max(0.0)
    }
}
