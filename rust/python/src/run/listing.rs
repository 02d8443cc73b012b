//! What Python asks of optimizers before a run: where tensors lie, what a member needs.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::optimizers::{Optimizer, OptimizerConfig, Scope};
use thalweg_core::params::Layout;

use crate::config;
use crate::errors::{OrPyErr, guarded};

/// Return the length of the arena for tensors of these shapes, and the place of each in it.
#[pyfunction]
pub fn arena_layout(shapes: Vec<Vec<usize>>) -> PyResult<(usize, Vec<usize>)> {
    guarded(|| {
        let layout = Layout::of_shapes(shapes.into_iter().map(|shape| ("", shape))).or_py_err()?;
        Ok((layout.len(), layout.tensors().iter().map(|tensor| tensor.offset).collect()))
    })
}

/// Return what an optimizer needs for a step, what its step depends on, and the names of what it keeps.
#[pyfunction]
pub fn optimizer_traits<'py>(config: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    guarded(|| {
        let optimizer: OptimizerConfig = config::parse("optimizer", config)?;
        optimizer.validate().or_py_err()?;
        let (dict, needs) = (PyDict::new(config.py()), optimizer.needs());
        dict.set_item("loss", needs.loss)?;
        dict.set_item("closure", needs.closure)?;
        dict.set_item("rows", needs.rows)?;
        dict.set_item("curvature", needs.curvature)?;
        dict.set_item("one_group", needs.one_group)?;
        dict.set_item("matrices", needs.matrices)?;
        let scope = match optimizer.scope() {
            Scope::Element => "element",
            Scope::Tensor => "tensor",
            Scope::Run => "run",
        };
        dict.set_item("scope", scope)?;
        dict.set_item("averages", optimizer.averages())?;
        let kept = optimizer.buffers().into_iter().filter(|buffer| buffer.kept);
        dict.set_item("buffers", kept.map(|buffer| buffer.name.into_owned()).collect::<Vec<_>>())?;
        let numbers = optimizer.shared().into_iter().chain(optimizer.scalars());
        dict.set_item("numbers", numbers.map(|number| number.name.into_owned()).collect::<Vec<_>>())?;
        Ok(dict)
    })
}
