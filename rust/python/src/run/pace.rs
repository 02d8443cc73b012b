//! The rates of a step that a schedule gives.

use pyo3::prelude::*;

use thalweg_core::optimizers::Groups;

use super::check_rate;
use crate::errors::OrPyErr;

/// What a schedule says of a step: the optimizer's own rate, those of the groups, and their momenta.
#[derive(FromPyObject)]
pub struct Pace(f64, Vec<f64>, Option<Vec<f64>>);

impl Pace {
    /// The optimizer's own rate.
    pub fn rate(&self) -> f64 {
        self.0
    }

    /// Gives the groups their rates and momenta.
    pub fn set(&self, groups: &mut Groups) -> PyResult<()> {
        check_rate(self.0)?;
        groups.set_pace(&self.1, self.2.as_deref()).or_py_err()
    }
}
