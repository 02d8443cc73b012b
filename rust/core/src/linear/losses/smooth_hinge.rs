//! The smooth hinge (Rennie and Srebro, 2005): a hinge whose corner is rounded by a parabola between the margins 0 and 1.
//!
//! ```text
//! loss = 1/2 - y p for y p <= 0,     (1 - y p)^2 / 2 for 0 < y p < 1,     0 from 1 on
//! ```

use super::{Loss, Targets};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct SmoothHinge {}
}

impl Loss for SmoothHinge {
    fn targets(&self) -> Targets {
        Targets::Signs
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        let margin = y * p;
        if margin <= 0.0 {
            0.5 - margin
        } else {
            let short = (1.0 - margin).max(0.0);
            0.5 * short * short
        }
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        -y * (1.0 - y * p).clamp(0.0, 1.0)
    }
}
