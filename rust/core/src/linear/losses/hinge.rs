//! The hinge: what support vector machines minimize.
//!
//! ```text
//! loss = max(0, 1 - y p)
//! ```

use super::{Loss, Targets};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct Hinge {}
}

impl Loss for Hinge {
    fn targets(&self) -> Targets {
        Targets::Signs
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        below(1.0, y * p)
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        slope_below(1.0, y, p)
    }
}

/// How far a margin is below the threshold.
#[inline(always)]
pub(super) fn below(threshold: f64, margin: f64) -> f64 {
    if margin <= threshold { threshold - margin } else { 0.0 }
}

/// Its derivative by p; the corner belongs to the slope, as in scikit-learn: a perceptron could not start otherwise.
#[inline(always)]
pub(super) fn slope_below(threshold: f64, y: f64, p: f64) -> f64 {
    if y * p <= threshold { -y } else { 0.0 }
}
