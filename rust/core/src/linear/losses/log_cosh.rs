//! The logarithm of the hyperbolic cosine: squared near the target, absolute far off, and smooth everywhere.
//!
//! ```text
//! loss = log(cosh(p - y)),     slope = tanh(p - y)
//! ```

use std::f64::consts::LN_2;

use thalweg_kernels::reference::tanh;

use super::{Loss, Targets, log_1p_exp};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct LogCosh {}
}

impl Loss for LogCosh {
    fn targets(&self) -> Targets {
        Targets::Real
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        // cosh itself would overflow.
        let error = (p - y).abs();
        (error + log_1p_exp(-2.0 * error) - LN_2).max(0.0)
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        tanh(p - y)
    }
}
