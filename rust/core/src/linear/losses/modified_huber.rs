//! The modified Huber loss (Zhang, 2004): a squared hinge that grows linearly below a margin of -1, so that outliers
//! weigh less.
//!
//! ```text
//! loss = max(0, 1 - y p)^2 for y p >= -1,     -4 y p below
//! ```

use super::{Loss, Targets};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct ModifiedHuber {}
}

impl Loss for ModifiedHuber {
    fn targets(&self) -> Targets {
        Targets::Signs
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        let margin = y * p;
        if margin >= 1.0 {
            0.0
        } else if margin >= -1.0 {
            (1.0 - margin) * (1.0 - margin)
        } else {
            -4.0 * margin
        }
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        let margin = y * p;
        if margin >= 1.0 {
            0.0
        } else if margin >= -1.0 {
            2.0 * (1.0 - margin) * -y
        } else {
            -4.0 * y
        }
    }
}
