//! The log-loss of two classes: logistic regression.
//!
//! ```text
//! loss = log(1 + exp(p)) - y p,     slope = sigmoid(p) - y,     y in {0, 1}
//! ```

use thalweg_kernels::reference::exp;

use super::{Loss, Targets, log_1p_exp};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct LogLoss {}
}

/// Below, `exp(p)` is the sigmoid to the last bit, and `exp(-p)` would overflow in the end.
const TAIL: f64 = -37.0;

impl Loss for LogLoss {
    fn targets(&self) -> Targets {
        Targets::Bits
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        log_1p_exp(p) - y * p
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        if p > TAIL {
            // Exact to rounding in both tails, where the difference of sigmoid and 1 would cancel.
            let e = exp(-p);
            ((1.0 - y) - y * e) / (1.0 + e)
        } else {
            exp(p) - y
        }
    }
}
