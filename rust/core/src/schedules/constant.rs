//! Constant: the optimizer's rate throughout; without improvement training stops.

use super::Schedule;
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// No hyper-parameters.
    pub struct Constant {}
}

impl Schedule for Constant {}
