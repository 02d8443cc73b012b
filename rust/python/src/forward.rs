//! `mlp_forward`: prediction, down to a single row.

use numpy::ndarray::Ix2;
use numpy::{PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyString;

use thalweg_core::activations::{Hidden, Output};
use thalweg_core::network::{Layers, forward};
use thalweg_core::precision::Precision;
use thalweg_kernels::MatRef;
use thalweg_kernels::reduce::all_finite;

use crate::arrays::{self, Float, by_dtype, shape2};
use crate::errors::{OrPyErr, guarded, value_error};
use crate::inputs::{self, Features};
use crate::threads;

/// Return the outputs of a network, or None when `check_finite` and `x` holds NaN or infinity.
#[pyfunction]
#[pyo3(signature = (x, coefs, intercepts, activation, output, check_finite, precision=None))]
pub fn mlp_forward<'py>(
    x: &Bound<'py, PyAny>,
    coefs: &Bound<'py, PyAny>,
    intercepts: &Bound<'py, PyAny>,
    activation: &Bound<'py, PyString>,
    output: &Bound<'py, PyString>,
    check_finite: bool,
    precision: Option<&Bound<'py, PyString>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    guarded(|| {
        let activation = member("activation", activation, &Hidden::ALL)?;
        let output = member("output", output, &Output::ALL)?;
        let precision = precision.map(|name| member("precision", name, &Precision::ALL)).transpose()?;
        let how = How { activation, output, precision: precision.unwrap_or_default() };
        by_dtype!(inputs::dtype_of(x)?, T => {
            let weights = Weights::<T>::borrow(coefs, intercepts)?;
            weights.forward(&Features::borrow(x)?, how, check_finite, x.py())
        })
    })
}

/// What is done with weights and inputs.
#[derive(Clone, Copy)]
struct How {
    activation: Hidden,
    output: Output,
    precision: Precision,
}

/// The member of a family with this name.
fn member<M: Copy>(parameter: &str, name: &Bound<'_, PyString>, all: &[(&'static str, M)]) -> PyResult<M> {
    let name = name.to_str()?;
    match all.iter().find(|(known, _)| *known == name) {
        Some((_, member)) => Ok(*member),
        None => {
            let known: Vec<_> = all.iter().map(|(known, _)| *known).collect();
            Err(value_error(format!("`{parameter}` must be one of {}, got {name:?}", known.join(", "))))
        }
    }
}

/// The arguments `coefs` and `intercepts`, borrowed.
struct Weights<'py, T: Float> {
    coefs: Vec<PyReadonlyArray2<'py, T>>,
    intercepts: Vec<PyReadonlyArray1<'py, T>>,
}

impl<'py, T: Float> Weights<'py, T> {
    fn borrow(coefs: &Bound<'py, PyAny>, intercepts: &Bound<'py, PyAny>) -> PyResult<Self> {
        let coefs = coefs.try_iter()?.map(|item| arrays::row_major("coefs", &item?)).collect::<PyResult<_>>()?;
        let intercepts =
            intercepts.try_iter()?.map(|item| arrays::vector("intercepts", &item?)).collect::<PyResult<_>>()?;
        Ok(Self { coefs, intercepts })
    }

    fn forward(
        &self,
        x: &Features<'py, T>,
        how: How,
        check_finite: bool,
        py: Python<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let coefs = self.coefs.iter().map(arrays::matrix_of).collect::<PyResult<Vec<MatRef<'_, T>>>>()?;
        let intercepts = self.intercepts.iter().map(|bias| Ok(bias.as_slice()?)).collect::<PyResult<Vec<&[T]>>>()?;
        let (input, values) = (x.input()?, x.values()?);
        let outputs = self.coefs.last().map_or(0, |last| shape2(last).1);
        let result = arrays::zeros::<T, _>(py, Ix2(x.rows(), outputs))?;
        let mut written = result.try_readwrite()?;
        let out = written.as_slice_mut()?;
        let How { activation, output, precision } = how;
        let layers = Layers { coefs: &coefs, intercepts: &intercepts, activation, output, precision };
        let finite = threads::call(py, layers.work(x.rows()), |team| {
            if check_finite && !all_finite(team, values) {
                return Ok(false);
            }
            forward(team, input, layers, out).map(|()| true)
        })?
        .or_py_err()?;
        drop(written);
        Ok(finite.then(|| result.into_any()))
    }
}
