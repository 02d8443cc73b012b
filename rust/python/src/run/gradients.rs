//! Gradients, borrowed for a step: contiguous arrays of the right type as they are, others through a copy.

use numpy::{PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use thalweg_core::error::require;
use thalweg_core::optimizers::SparseRows;
use thalweg_core::params::{Layout, Tensor};

use crate::arrays::{self, Float};
use crate::errors::{OrPyErr, type_error};

/// One array for each tensor.
pub struct Dense<'py, T: Float> {
    arrays: Vec<PyReadonlyArrayDyn<'py, T>>,
}

impl<'py, T: Float> Dense<'py, T> {
    /// Borrows the arrays of the argument `name`.
    pub fn new(layout: &Layout, name: &str, given: &[Bound<'py, PyAny>]) -> PyResult<Self> {
        check_count(layout, name, given.len())?;
        let pairs = given.iter().zip(layout.tensors());
        Ok(Self { arrays: pairs.map(|(value, tensor)| borrow(name, value, tensor)).collect::<PyResult<_>>()? })
    }

    /// The elements of each.
    pub fn pieces(&self) -> PyResult<Vec<&[T]>> {
        self.arrays.iter().map(|array| Ok(array.as_slice()?)).collect()
    }
}

fn check_count(layout: &Layout, name: &str, count: usize) -> PyResult<()> {
    let expected = layout.tensors().len();
    require(count == expected, name, format_args!("{expected} arrays, one for each of `params`"), count).or_py_err()
}

/// Borrows an array of a tensor's shape.
pub fn borrow<'py, T: Float>(
    name: &str,
    value: &Bound<'py, PyAny>,
    tensor: &Tensor,
) -> PyResult<PyReadonlyArrayDyn<'py, T>> {
    if let Ok(array) = value.cast::<PyArrayDyn<T>>()
        && array.shape() == tensor.shape
        && array.is_c_contiguous()
        && let Ok(borrowed) = array.try_readonly()
        && borrowed.as_slice().is_ok()
    {
        return Ok(borrowed);
    }
    let name = format!("{name}{}", tensor.name);
    let shape = PyTuple::new(value.py(), &tensor.shape)?;
    let array = conform(value.py())?.bind(value.py()).call1((&name, value, shape, numpy::dtype::<T>(value.py())))?;
    arrays::readonly(&name, &array)
}

/// `thalweg.optimizers._arrays.conform`: a contiguous copy of what has the right shape and type, or the error that says what
/// is wrong with it.
fn conform(py: Python<'_>) -> PyResult<&Py<PyAny>> {
    static CONFORM: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    CONFORM.get_or_try_init(py, || Ok(py.import("thalweg.optimizers._arrays")?.getattr("conform")?.unbind()))
}

/// Some rows of each tensor: tuples of row numbers and rows.
pub struct Rows<'py, T: Float> {
    numbers: Vec<Vec<usize>>,
    values: Vec<PyReadonlyArrayDyn<'py, T>>,
}

impl<'py, T: Float> Rows<'py, T> {
    /// Borrows the rows, and copies and checks their numbers.
    pub fn new(layout: &Layout, given: &[Bound<'py, PyAny>]) -> PyResult<Self> {
        check_count(layout, "grads", given.len())?;
        let (mut numbers, mut values) = (Vec::new(), Vec::new());
        for (value, tensor) in given.iter().zip(layout.tensors()) {
            let name = format!("grads{}", tensor.name);
            let wrong =
                || type_error(format!("`{name}` must be a tuple of row numbers and rows, got {}", value.get_type()));
            let (rows, elements): (Bound<'_, PyAny>, Bound<'_, PyAny>) = value.extract().map_err(|_| wrong())?;
            let count = tensor.shape.first().copied().unwrap_or(0);
            let rows = arrays::indices(&format!("{name}[0]"), &rows, count)?;
            let mut shape = tensor.shape.clone();
            if let Some(first) = shape.first_mut() {
                *first = rows.len();
            }
            let rows_of = Layout::of_shapes([(format!("{}[1]", tensor.name), shape)]).or_py_err()?;
            values.push(borrow("grads", &elements, &rows_of.tensors()[0])?);
            numbers.push(rows);
        }
        Ok(Self { numbers, values })
    }

    /// The rows of each tensor.
    pub fn rows(&self) -> PyResult<Vec<SparseRows<'_, T>>> {
        let pairs = self.numbers.iter().zip(&self.values);
        pairs.map(|(rows, values)| Ok(SparseRows { rows, values: values.as_slice()? })).collect()
    }
}
