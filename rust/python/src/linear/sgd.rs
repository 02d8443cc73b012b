//! `train_sgd`: a whole run of training sample by sample, for all classes.

use numpy::ndarray::Ix2;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::linear::sgd::{self, Fitted, Model, Problem, Samples, SgdConfig};

use super::features::BorrowedRows;
use crate::arrays::{self, Float, by_dtype};
use crate::errors::{OrPyErr, guarded, value_error};
use crate::signals::PythonObserver;
use crate::{config, inputs, threads};

/// Train linear models sample by sample; see the stub for the arguments.
///
/// The interpreter is released meanwhile, and nothing passed here may be written to by another thread.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "one call with everything that a run needs; only Python calls it")]
pub fn train_sgd<'py>(
    x: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    sample_weight: Option<&Bound<'py, PyAny>>,
    held_out: Option<&Bound<'py, PyAny>>,
    coef: &Bound<'py, PyAny>,
    intercept: &Bound<'py, PyAny>,
    average_coef: Option<&Bound<'py, PyAny>>,
    average_intercept: Option<&Bound<'py, PyAny>>,
    config: &Bound<'py, PyAny>,
    problems: &Bound<'py, PyAny>,
    at_once: usize,
    on_epoch: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    guarded(|| {
        let config: SgdConfig = config::parse("config", config)?;
        let problems: Vec<Problem> = config::parse("problems", problems)?;
        let call = Call { x, y, sample_weight, held_out, at_once, on_epoch };
        let weights = Weights { coef, intercept, average_coef, average_intercept };
        by_dtype!(inputs::dtype_of(x)?, T => call.train::<T>(&weights, &config, &problems))
    })
}

/// The arguments that are Python objects.
struct Call<'a, 'py> {
    x: &'a Bound<'py, PyAny>,
    y: &'a Bound<'py, PyAny>,
    sample_weight: Option<&'a Bound<'py, PyAny>>,
    held_out: Option<&'a Bound<'py, PyAny>>,
    at_once: usize,
    on_epoch: Option<&'a Bound<'py, PyAny>>,
}

impl<'py> Call<'_, 'py> {
    fn train<T: Float>(
        &self,
        weights: &Weights<'_, 'py>,
        config: &SgdConfig,
        problems: &[Problem],
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = self.x.py();
        let rows = BorrowedRows::<T>::new(self.x)?;
        let y = arrays::vector::<T>("y", self.y)?;
        let sample_weight = self.sample_weight.map(|w| arrays::vector::<T>("sample_weight", w)).transpose()?;
        let held_out = self.held_out.map(|mask| arrays::vector::<bool>("held_out", mask)).transpose()?;
        let samples = Samples::new(
            rows.features()?,
            y.as_slice()?,
            sample_weight.as_ref().map(|weights| weights.as_slice()).transpose()?,
            held_out.as_ref().map(|mask| mask.as_slice()).transpose()?,
        )
        .or_py_err()?;
        let start = weights.models::<T>()?;
        let mut observer = PythonObserver::new(py, self.on_epoch.map(|callback| callback.clone().unbind()), None)?;
        let at_once = self.at_once;
        let fitted = threads::call(py, usize::MAX, |team| {
            sgd::train_sgd(team, &samples, config, problems, start, at_once, &mut observer)
        })?;
        observer.finish(py)?;
        write(py, &fitted.or_py_err()?, samples.cols(), config.average > 0)
    }
}

/// The weights to begin with.
struct Weights<'a, 'py> {
    coef: &'a Bound<'py, PyAny>,
    intercept: &'a Bound<'py, PyAny>,
    average_coef: Option<&'a Bound<'py, PyAny>>,
    average_intercept: Option<&'a Bound<'py, PyAny>>,
}

impl Weights<'_, '_> {
    /// Copies, one model a row.
    fn models<T: Float>(&self) -> PyResult<Vec<Model<T>>> {
        let coefs = rows_of::<T>("coef", self.coef)?;
        let intercepts = numbers("intercept", Some(self.intercept), coefs.len())?;
        let averages = match self.average_coef {
            Some(average) => rows_of::<T>("average_coef", average)?,
            None => vec![Vec::new(); coefs.len()],
        };
        let average_intercepts = numbers("average_intercept", self.average_intercept, coefs.len())?;
        if averages.len() != coefs.len() {
            let (expected, got) = (coefs.len(), averages.len());
            return Err(value_error(format!("`average_coef` must have {expected} rows, got {got}")));
        }
        let averages = averages.into_iter().zip(average_intercepts);
        let models = coefs.into_iter().zip(intercepts).zip(averages);
        Ok(models
            .map(|((coef, intercept), (average_coef, average_intercept))| Model {
                coef,
                intercept,
                average_coef,
                average_intercept,
            })
            .collect())
    }
}

fn rows_of<T: Float>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<T>>> {
    let array = arrays::row_major::<T>(name, value)?;
    let matrix = arrays::matrix_of(&array)?;
    let copy = |i| {
        let mut row = arrays::reserve(matrix.cols())?;
        row.extend_from_slice(matrix.row(i));
        Ok(row)
    };
    (0..matrix.rows()).map(copy).collect()
}

/// `len` numbers; zeros where nothing is given.
fn numbers(name: &str, value: Option<&Bound<'_, PyAny>>, len: usize) -> PyResult<Vec<f64>> {
    let Some(value) = value else { return Ok(vec![0.0; len]) };
    let array = arrays::vector::<f64>(name, value)?;
    let values = array.as_slice()?;
    if values.len() != len {
        return Err(value_error(format!("`{name}` must have {len} elements, got {}", values.len())));
    }
    Ok(values.to_vec())
}

fn write<'py, T: Float>(
    py: Python<'py>,
    fitted: &[Fitted<T>],
    cols: usize,
    averaged: bool,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    let stack = |part: fn(&Model<T>) -> &[T]| {
        let array = arrays::zeros::<T, _>(py, Ix2(fitted.len(), cols))?;
        let mut written = array.try_readwrite()?;
        let to = written.as_slice_mut()?;
        for (to, from) in to.chunks_mut(cols.max(1)).zip(fitted) {
            to.copy_from_slice(part(&from.model));
        }
        drop(written);
        PyResult::Ok(array)
    };
    let vector = |part: fn(&Model<T>) -> f64| PyArray1::from_iter(py, fitted.iter().map(|f| part(&f.model)));
    dict.set_item("coef", stack(|model| &model.coef)?)?;
    dict.set_item("intercept", vector(|model| model.intercept))?;
    if averaged {
        dict.set_item("average_coef", stack(|model| &model.average_coef)?)?;
        dict.set_item("average_intercept", vector(|model| model.average_intercept))?;
    }
    dict.set_item("epochs", fitted.iter().map(|f| f.epochs).collect::<Vec<_>>())?;
    dict.set_item("outcomes", fitted.iter().map(|f| f.outcome.name()).collect::<Vec<_>>())?;
    Ok(dict)
}
