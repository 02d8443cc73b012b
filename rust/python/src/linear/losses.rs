//! The losses of linear models one by one: for tests, and for whoever wants to look at them.

use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::linear::losses::{Loss, LossConfig, registry};

use crate::errors::{OrPyErr, guarded, value_error};
use crate::{arrays, config};

/// Return the losses by name, each with its hyper-parameters at their defaults.
#[pyfunction]
pub fn linear_loss_registry(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    guarded(|| config::registry(py, registry()))
}

/// A vector, in the interpreter's hands.
type Vector<'py> = Bound<'py, PyArray1<f64>>;

/// Return values and slopes of a loss, element by element.
#[pyfunction]
pub fn linear_loss<'py>(
    loss: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    p: &Bound<'py, PyAny>,
) -> PyResult<(Vector<'py>, Vector<'py>)> {
    guarded(|| {
        let py = loss.py();
        let loss: LossConfig = config::parse("loss", loss)?;
        loss.validate().or_py_err()?;
        let (y, p) = (arrays::vector::<f64>("y", y)?, arrays::vector::<f64>("p", p)?);
        let (y, p) = (y.as_slice()?, p.as_slice()?);
        if y.len() != p.len() {
            return Err(value_error(format!("`p` must be as long as `y` ({}), got {}", y.len(), p.len())));
        }
        let (values, slopes) = (
            arrays::zeros::<f64, _>(py, numpy::ndarray::Ix1(y.len()))?,
            arrays::zeros::<f64, _>(py, numpy::ndarray::Ix1(y.len()))?,
        );
        let (mut values_out, mut slopes_out) = (values.try_readwrite()?, slopes.try_readwrite()?);
        let outputs = values_out.as_slice_mut()?.iter_mut().zip(slopes_out.as_slice_mut()?);
        for ((value, slope), (&y, &p)) in outputs.zip(y.iter().zip(p)) {
            (*value, *slope) = (loss.value(y, p), loss.slope(y, p));
        }
        drop((values_out, slopes_out));
        Ok((values, slopes))
    })
}
