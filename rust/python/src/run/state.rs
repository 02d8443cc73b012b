//! The state of a run as Python sees it: counters, numbers, and buffers as arrays.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use thalweg_core::optimizers::{Groups, State};

use super::gradients::borrow;
use crate::arrays::{self, Float};
use crate::errors::{OrPyErr, value_error};

/// Counters, numbers by name and buffers by name.
pub fn write<'py, T: Float>(py: Python<'py>, groups: &Groups, state: &State<T>) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("step", state.step)?;
    dict.set_item("lr", state.learning_rate)?;
    let ((shared, of_group), numbers) = (groups.number_names(), state.numbers());
    let (run, rest) = numbers.split_at(shared.len());
    dict.set_item("numbers", named(py, &shared, run)?)?;
    let of_groups = PyList::empty(py);
    for group in 0..groups.count() {
        of_groups.append(named(py, &of_group, &rest[group * of_group.len()..][..of_group.len()])?)?;
    }
    dict.set_item("group_numbers", of_groups)?;
    let buffers = PyDict::new(py);
    for slab in state.kept() {
        let arrays = PyList::empty(py);
        for (i, tensor) in slab.layout().tensors().iter().enumerate() {
            let array = PyArray1::from_slice(py, slab.of(i));
            arrays.append(array.call_method1("reshape", (PyTuple::new(py, &tensor.shape)?,))?)?;
        }
        buffers.set_item(slab.name(), arrays)?;
    }
    dict.set_item("buffers", buffers)?;
    Ok(dict)
}

fn named<'py>(py: Python<'py>, names: &[String], values: &[f64]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in names.iter().zip(values) {
        dict.set_item(name, value)?;
    }
    Ok(dict)
}

/// The inverse of [`write()`]: buffers in its order, then all numbers. `like` has the shapes.
pub fn read<T: Float>(
    groups: &Groups,
    like: &State<T>,
    arena: &Bound<'_, PyAny>,
    progress: (u64, f64),
    buffers: &[Vec<Bound<'_, PyAny>>],
    numbers: &[f64],
) -> PyResult<State<T>> {
    let mut packed = Vec::new();
    for (slab, given) in like.kept().zip(buffers) {
        let (name, layout) = (format!("state_dict['buffers']['{}']", slab.name()), slab.layout());
        if given.len() != layout.tensors().len() {
            let expected = layout.tensors().len();
            return Err(value_error(format!("`{name}` must be {expected} arrays, got {}", given.len())));
        }
        let mut elements: Vec<T> = arrays::reserve(layout.packed_len())?;
        for (value, tensor) in given.iter().zip(layout.tensors()) {
            elements.extend_from_slice(borrow::<T>(&name, value, tensor)?.as_slice()?);
        }
        packed.push(elements);
    }
    let params = arrays::vector::<T>("arena", arena)?;
    super::check_len(groups.layout(), params.as_slice()?.len())?;
    State::unpack(groups, params.as_slice()?, progress, &packed, numbers).or_py_err()
}
