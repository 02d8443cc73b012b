//! `LinearObjective`: loss and gradient of a linear model, for solvers on the Python side.

use numpy::PyArrayMethods;
use numpy::ndarray::Ix1;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use serde::Deserialize;

use thalweg_core::data::{Dataset, Input};
use thalweg_core::linear::SmoothLoss;
use thalweg_core::linear::objective::LinearObjective as Objective;
use thalweg_kernels::sparse::CsrPattern;

use crate::arrays::{self, Dtype, Float};
use crate::errors::{OrPyErr, guarded};
use crate::{config, inputs, threads};

/// Loss and exact gradient of a linear model over all rows, as a function of its parameters.
#[pyclass(module = "thalweg._core")]
pub struct LinearObjective {
    data: Data,
    objective: Typed,
}

/// The objective for one of the two element types.
enum Typed {
    F32(Objective<f32>),
    F64(Objective<f64>),
}

/// The arrays, which are borrowed for each evaluation anew: between two of them they are the caller's.
struct Data {
    /// X, or the elements of a sparse one.
    x: Py<PyAny>,
    /// Where they stand: a copy, for it addresses memory, checked once.
    pattern: Option<CsrPattern>,
    y: Py<PyAny>,
    sample_weight: Option<Py<PyAny>>,
}

/// What to minimize.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectiveConfig {
    loss: SmoothLoss,
    outputs: usize,
    fit_intercept: bool,
    l2: f64,
}

#[pymethods]
impl LinearObjective {
    /// Check the data and the configuration, and make the space for an evaluation.
    #[new]
    #[pyo3(signature = (x, y, sample_weight, config))]
    fn new(
        x: &Bound<'_, PyAny>,
        y: &Bound<'_, PyAny>,
        sample_weight: Option<&Bound<'_, PyAny>>,
        config: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        guarded(|| {
            let py = x.py();
            let config: ObjectiveConfig = config::parse("config", config)?;
            let data = Data::new(x, y, sample_weight)?;
            let objective = match inputs::dtype_of(x)? {
                Dtype::F32 => Typed::F32(data.with(py, |data| build(&config, data))?),
                Dtype::F64 => Typed::F64(data.with(py, |data| build(&config, data))?),
            };
            Ok(Self { data, objective })
        })
    }

    /// Return the loss at `params` and its gradient.
    fn evaluate<'py>(&mut self, params: &Bound<'py, PyAny>) -> PyResult<(f64, Bound<'py, PyAny>)> {
        guarded(|| {
            let py = params.py();
            match &mut self.objective {
                Typed::F32(objective) => self.data.with(py, |data| evaluate(py, objective, data, params)),
                Typed::F64(objective) => self.data.with(py, |data| evaluate(py, objective, data, params)),
            }
        })
    }
}

impl Data {
    fn new(x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>, sample_weight: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let (x, pattern) = match x.cast::<PyTuple>() {
            Ok(csr) => (csr.get_item(0)?.unbind(), Some(inputs::pattern(csr)?)),
            Err(_) => (x.clone().unbind(), None),
        };
        let sample_weight = sample_weight.map(|weights| weights.clone().unbind());
        Ok(Self { x, pattern, y: y.clone().unbind(), sample_weight })
    }

    /// Calls `body` with the data as core reads it.
    fn with<T: Float, R>(&self, py: Python<'_>, body: impl FnOnce(&Dataset<'_, T>) -> PyResult<R>) -> PyResult<R> {
        let y = arrays::row_major::<T>("y", self.y.bind(py))?;
        let weights = self.sample_weight.as_ref().map(|weights| arrays::vector::<T>("sample_weight", weights.bind(py)));
        let weights = weights.transpose()?;
        let weights = weights.as_ref().map(|weights| weights.as_slice()).transpose()?;
        match &self.pattern {
            None => {
                let x = arrays::row_major::<T>("x", self.x.bind(py))?;
                let x = Input::Dense(arrays::matrix_of(&x)?);
                body(&Dataset::new(x, arrays::matrix_of(&y)?, weights).or_py_err()?)
            }
            Some(pattern) => {
                let values = arrays::vector::<T>("x.data", self.x.bind(py))?;
                let x = Input::Sparse(pattern.with(values.as_slice()?).or_py_err()?);
                body(&Dataset::new(x, arrays::matrix_of(&y)?, weights).or_py_err()?)
            }
        }
    }
}

fn build<T: Float>(config: &ObjectiveConfig, data: &Dataset<'_, T>) -> PyResult<Objective<T>> {
    Objective::new(config.loss, config.outputs, config.fit_intercept, config.l2, data).or_py_err()
}

fn evaluate<'py, T: Float>(
    py: Python<'py>,
    objective: &mut Objective<T>,
    data: &Dataset<'_, T>,
    params: &Bound<'py, PyAny>,
) -> PyResult<(f64, Bound<'py, PyAny>)> {
    let params = arrays::vector::<f64>("params", params)?;
    let gradient = arrays::zeros::<f64, _>(py, Ix1(objective.len()))?;
    let mut written = gradient.try_readwrite()?;
    let (from, to) = (params.as_slice()?, written.as_slice_mut()?);
    let loss = threads::call(py, usize::MAX, |team| objective.evaluate(team, data, from, to))?.or_py_err()?;
    drop(written);
    Ok((loss, gradient.into_any()))
}
