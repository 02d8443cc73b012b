//! The registry of optimizers, as the Python classes are held against it.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use thalweg_core::hyper::{Member, Value};
use thalweg_core::optimizers::{Optimizer, OptimizerConfig, registry};

use crate::config;
use crate::errors::{OrPyErr, guarded};

/// Return the configuration of every optimizer at its defaults, by name.
#[pyfunction]
pub fn optimizer_registry(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    guarded(|| {
        let members = PyDict::new(py);
        for member in registry() {
            let name = member.name;
            members.set_item(name, tagged(py, member)?)?;
        }
        Ok(members)
    })
}

/// A member as the dict that tags it.
fn tagged(py: Python<'_>, member: Member) -> PyResult<Bound<'_, PyDict>> {
    let fields = PyDict::new(py);
    fields.set_item("name", member.name)?;
    for (name, value) in member.fields {
        fields.set_item(name, plain(py, value)?)?;
    }
    Ok(fields)
}

fn plain(py: Python<'_>, value: Value) -> PyResult<Bound<'_, PyAny>> {
    Ok(match value {
        Value::None => py.None().into_bound(py),
        Value::Float(number) => number.into_pyobject(py)?.into_any(),
        Value::Int(number) => number.into_pyobject(py)?.into_any(),
        Value::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        Value::Text(name) => name.into_pyobject(py)?.into_any(),
        Value::List(values) => {
            let values = values.into_iter().map(|value| plain(py, value)).collect::<PyResult<Vec<_>>>()?;
            PyTuple::new(py, values)?.into_any()
        }
        Value::Member(member) => tagged(py, *member)?.into_any(),
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
