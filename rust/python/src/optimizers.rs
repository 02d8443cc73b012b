//! The registry of optimizers, as the Python classes are held against it.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::optimizers::{Optimizer, OptimizerConfig, registry};

use crate::config;
use crate::errors::{OrPyErr, guarded};

/// Return every optimizer by name, with the defaults of its fields.
#[pyfunction]
pub fn optimizer_registry(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    guarded(|| {
        let members = PyDict::new(py);
        for member in registry() {
            members.set_item(member.name, config::fields(py, member.fields)?)?;
        }
        Ok(members)
    })
}

/// Check the configuration of an optimizer.
#[pyfunction]
pub fn validate_optimizer(config: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| {
        let config: OptimizerConfig = config::parse("optimizer", config)?;
        config.validate().or_py_err()
    })
}
