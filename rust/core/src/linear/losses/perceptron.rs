//! The perceptron's loss: a hinge at a margin of 0 (Rosenblatt, 1958).
//!
//! ```text
//! loss = max(0, -y p)
//! ```

use super::hinge::{below, slope_below};
use super::{Loss, Targets};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct Perceptron {}
}

impl Loss for Perceptron {
    fn targets(&self) -> Targets {
        Targets::Signs
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        below(0.0, y * p)
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        slope_below(0.0, y, p)
    }
}
