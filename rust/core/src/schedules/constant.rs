//! Constant: the optimizer's rate throughout; without improvement training stops.

use super::{Per, Schedule};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct Constant {}
}

impl Schedule for Constant {
    fn per(&self) -> Option<Per> {
        None
    }

    fn rate_at(&self, _t: u64, base: f64) -> f64 {
        base
    }

    fn chained(&self, _t: u64, current: f64, _base: f64) -> f64 {
        current
    }
}
