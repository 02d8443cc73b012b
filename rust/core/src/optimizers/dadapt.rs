//! What the members with D-Adaptation share: the estimate d of the distance to the solution, and the rate that follows.

use super::decay::decay_rate;
use crate::error::{Result, require, require_not_negative, require_positive};

/// Checks what they have in common.
pub fn check(lr: f64, weight_decay: f64, d0: f64, growth_rate: f64) -> Result<()> {
    require_positive("lr", lr)?;
    require_not_negative("weight_decay", weight_decay)?;
    require_positive("d0", d0)?;
    require(growth_rate >= 1.0, "growth_rate", ">= 1", growth_rate)
}

/// The estimate after this step: it never falls, and grows by a bounded factor.
pub fn grown(d: f64, estimate: f64, growth_rate: f64) -> f64 {
    d.max(estimate.min(d * growth_rate))
}

/// The rate of decoupled decay where `found` is the rate of the step: none while no step is taken.
pub fn own_rate_of_decay(found: f64, rate: f64, lr: f64, with_lr: bool) -> f64 {
    if with_lr || found == 0.0 { found } else { decay_rate(rate, lr, false) }
}

/// A group's own rate in units of the run's, by which the group's step is scaled. The estimate is the whole run's.
pub fn share(rate: f64, of_run: f64) -> f64 {
    if of_run == 0.0 { 1.0 } else { rate / of_run }
}
