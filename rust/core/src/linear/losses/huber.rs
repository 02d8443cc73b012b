//! Huber's loss (1964): squared near the target, absolute from `epsilon` on.
//!
//! ```text
//! loss = (p - y)^2 / 2 for |p - y| <= epsilon,     epsilon (|p - y| - epsilon / 2) beyond
//! ```

use super::{Loss, Targets};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Default as in scikit-learn.
    pub struct Huber {
        /// Where it becomes linear.
        pub epsilon: f64 = 0.1,
    }
}

impl Loss for Huber {
    fn validate(&self) -> Result<()> {
        require_not_negative("epsilon", self.epsilon)
    }

    fn targets(&self) -> Targets {
        Targets::Real
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        let error = (p - y).abs();
        if error <= self.epsilon { 0.5 * error * error } else { self.epsilon * (error - 0.5 * self.epsilon) }
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        // Not `clamp`, which turns NaN into a panic where epsilon is one.
        (p - y).max(-self.epsilon).min(self.epsilon)
    }
}
