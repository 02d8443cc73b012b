//! `MlpObjective`: loss and gradient for solvers on the Python side.

use numpy::PyArrayMethods;
use numpy::ndarray::Ix1;
use pyo3::prelude::*;

use thalweg_core::mlp::ObjectiveConfig;
use thalweg_core::objective::Objective;

use crate::arrays::{self, Dtype, Float};
use crate::errors::{OrPyErr, guarded};
use crate::inputs::{self, Borrowed};
use crate::{config, threads};

/// Loss and exact gradient of a network over all rows, as a function of its packed parameters.
#[pyclass(module = "thalweg._core")]
pub struct MlpObjective {
    x: Py<PyAny>,
    y: Py<PyAny>,
    sample_weight: Option<Py<PyAny>>,
    objective: Typed,
}

/// The objective for one of the two element types.
enum Typed {
    F32(Objective<f32>),
    F64(Objective<f64>),
}

#[pymethods]
impl MlpObjective {
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
            let config: ObjectiveConfig = config::parse("config", config)?;
            let objective = match inputs::dtype_of(x)? {
                Dtype::F32 => Typed::F32(build(x, y, sample_weight, &config)?),
                Dtype::F64 => Typed::F64(build(x, y, sample_weight, &config)?),
            };
            let sample_weight = sample_weight.map(|weights| weights.clone().unbind());
            Ok(Self { x: x.clone().unbind(), y: y.clone().unbind(), sample_weight, objective })
        })
    }

    /// Return the loss at `params` and its gradient.
    fn evaluate<'py>(&mut self, params: &Bound<'py, PyAny>) -> PyResult<(f64, Bound<'py, PyAny>)> {
        guarded(|| {
            let Self { x, y, sample_weight, objective } = self;
            let (py, data) = (params.py(), (&*x, &*y, sample_weight.as_ref()));
            match objective {
                Typed::F32(objective) => evaluate(py, objective, data, params),
                Typed::F64(objective) => evaluate(py, objective, data, params),
            }
        })
    }
}

/// `x`, `y` and `sample_weight`.
type Data<'a> = (&'a Py<PyAny>, &'a Py<PyAny>, Option<&'a Py<PyAny>>);

fn build<T: Float>(
    x: &Bound<'_, PyAny>,
    y: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
    config: &ObjectiveConfig,
) -> PyResult<Objective<T>> {
    let borrowed = Borrowed::<T>::new(x, y, sample_weight)?;
    let blocks = borrowed.blocks()?;
    Objective::new(config, &borrowed.dataset(&blocks)?).or_py_err()
}

fn evaluate<'py, T: Float>(
    py: Python<'py>,
    objective: &mut Objective<T>,
    (x, y, sample_weight): Data<'_>,
    params: &Bound<'py, PyAny>,
) -> PyResult<(f64, Bound<'py, PyAny>)> {
    // Borrowed for this evaluation only: between two of them the arrays are the caller's.
    let borrowed = Borrowed::<T>::new(x.bind(py), y.bind(py), sample_weight.map(|weights| weights.bind(py)))?;
    let blocks = borrowed.blocks()?;
    let dataset = borrowed.dataset(&blocks)?;
    let params = arrays::vector::<T>("params", params)?;
    let gradient = arrays::zeros::<T, _>(py, Ix1(objective.len()))?;
    let mut written = gradient.try_readwrite()?;
    let (from, to) = (params.as_slice()?, written.as_slice_mut()?);
    let loss = threads::call(py, usize::MAX, |team| objective.evaluate(team, &dataset, from, to))?.or_py_err()?;
    drop(written);
    Ok((loss, gradient.into_any()))
}
