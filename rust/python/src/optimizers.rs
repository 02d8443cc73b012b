//! The registry of optimizers, as the Python classes are held against it.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::optimizers::{Optimizer, OptimizerConfig, registry};

use crate::config;
use crate::errors::{OrPyErr, guarded};

/// Return the configuration of every optimizer at its defaults, by name.
#[pyfunction]
pub fn optimizer_registry(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    guarded(|| config::registry(py, registry()))
}

/// Check the configuration of an optimizer.
#[pyfunction]
pub fn validate_optimizer(config: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| {
        let config: OptimizerConfig = config::parse("optimizer", config)?;
        config.validate().or_py_err()
    })
}
