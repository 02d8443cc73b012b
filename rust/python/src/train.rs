//! `train_mlp`: a whole run of training by mini-batches.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use thalweg_core::data::Shuffle;
use thalweg_core::mlp::MlpConfig;
use thalweg_core::training::{OptimizerState, Progress, Report, TrainingData, train};
use thalweg_kernels::random::Mt19937;

use crate::arrays::{self, Float, by_dtype};
use crate::errors::{OrPyErr, guarded, type_error, value_error};
use crate::inputs::{self, Borrowed};
use crate::signals::PythonObserver;
use crate::{config, gradients, schedules, threads};

/// Train a multi-layer perceptron by mini-batches; see the stub for the arguments.
///
/// The interpreter is released meanwhile, and nothing passed here may be written to by another thread.
#[pyfunction]
#[pyo3(signature = (x, y, sample_weight, train_rows, validation_rows, params, config, state, rng, on_epoch, validation=None))]
#[allow(clippy::too_many_arguments, reason = "one call with everything that a run needs; only Python calls it")]
pub fn train_mlp<'py>(
    x: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    sample_weight: Option<&Bound<'py, PyAny>>,
    train_rows: Option<&Bound<'py, PyAny>>,
    validation_rows: Option<&Bound<'py, PyAny>>,
    params: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    state: Option<&Bound<'py, PyAny>>,
    rng: Option<&Bound<'py, PyAny>>,
    on_epoch: Option<&Bound<'py, PyAny>>,
    validation: Option<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
) -> PyResult<Bound<'py, PyDict>> {
    guarded(|| {
        let config: MlpConfig = config::parse("config", config)?;
        let validation = validation.as_ref().map(|(x, y)| (x, y));
        let run = Run { x, y, sample_weight, train_rows, validation_rows, params, state, rng, on_epoch, validation };
        by_dtype!(inputs::dtype_of(x)?, T => run.train::<T>(x.py(), &config))
    })
}

/// The arguments that are Python objects.
struct Run<'a, 'py> {
    x: &'a Bound<'py, PyAny>,
    y: &'a Bound<'py, PyAny>,
    sample_weight: Option<&'a Bound<'py, PyAny>>,
    train_rows: Option<&'a Bound<'py, PyAny>>,
    validation_rows: Option<&'a Bound<'py, PyAny>>,
    params: &'a Bound<'py, PyAny>,
    state: Option<&'a Bound<'py, PyAny>>,
    rng: Option<&'a Bound<'py, PyAny>>,
    on_epoch: Option<&'a Bound<'py, PyAny>>,
    validation: Option<(&'a Bound<'py, PyAny>, &'a Bound<'py, PyAny>)>,
}

impl<'py> Run<'_, 'py> {
    fn train<T: Float>(&self, py: Python<'py>, config: &MlpConfig) -> PyResult<Bound<'py, PyDict>> {
        let borrowed = Borrowed::<T>::new(self.x, self.y, self.sample_weight)?;
        let params = arrays::vector::<T>("params", self.params)?;
        let train_rows = self.train_rows.map(|rows| arrays::vector::<i64>("train_rows", rows)).transpose()?;
        let validation_rows =
            self.validation_rows.map(|rows| arrays::vector::<i64>("validation_rows", rows)).transpose()?;
        let others = self.validation.map(|(x, y)| Borrowed::<T>::new(x, y, None)).transpose()?;
        let blocks = borrowed.blocks()?;
        let other_blocks = others.as_ref().map(Borrowed::blocks).transpose()?.unwrap_or_default();
        let data = TrainingData {
            dataset: borrowed.dataset(&blocks)?,
            // Core copies the numbers as it checks them.
            train_rows: train_rows.as_ref().map(|rows| rows.as_slice()).transpose()?,
            validation_rows: validation_rows.as_ref().map(|rows| rows.as_slice()).transpose()?,
            validation: others.as_ref().map(|others| others.dataset(&other_blocks)).transpose()?,
        };
        let state = self.state.map(read_state::<T>).transpose()?;
        let (shuffle, permutation) = read_rng(self.rng)?;
        let mut observer =
            PythonObserver::new(py, self.on_epoch.map(|callback| callback.clone().unbind()), permutation)?;
        let params = params.as_slice()?;
        let report = threads::call(py, usize::MAX, |team| {
            train(team, &data, params, config, state.as_ref(), shuffle, &mut observer)
        })?;
        observer.finish(py)?;
        write_report(py, report.or_py_err()?)
    }
}

fn read_state<T: Float>(state: &Bound<'_, PyAny>) -> PyResult<OptimizerState<T>> {
    let state = state.cast::<PyDict>().map_err(|_| type_error("`state` must be a dict"))?;
    let item = |key: &str| {
        state.get_item(key)?.ok_or_else(|| {
            value_error(format!("`state` must have the keys step, learning_rate and buffers, lacks {key:?}"))
        })
    };
    let mut buffers = Vec::new();
    for (i, buffer) in item("buffers")?.try_iter()?.enumerate() {
        buffers.push(vector_of::<T>(&format!("state.buffers[{i}]"), &buffer?)?);
    }
    let step = config::parse("state.step", &item("step")?)?;
    let learning_rate = config::parse("state.learning_rate", &item("learning_rate")?)?;
    let scalars = state.get_item("scalars")?.map(|scalars| config::parse("state.scalars", &scalars)).transpose()?;
    let params = state.get_item("params")?.filter(|params| !params.is_none());
    let params = params.map(|params| vector_of::<T>("state.params", &params)).transpose()?;
    let transforms = state.get_item("transforms")?.map(|kept| gradients::read_state::<T>(&kept)).transpose()?;
    Ok(OptimizerState { step, learning_rate, buffers, scalars: scalars.unwrap_or_default(), params, transforms })
}

fn vector_of<T: Float>(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Vec<T>> {
    let array = arrays::vector::<T>(name, values)?;
    let values = array.as_slice()?;
    let mut copy = arrays::reserve(values.len())?;
    copy.extend_from_slice(values);
    Ok(copy)
}

/// `rng` is None, the key and position of an MT19937, or a callable that draws permutations.
fn read_rng(rng: Option<&Bound<'_, PyAny>>) -> PyResult<(Shuffle, Option<Py<PyAny>>)> {
    let Some(rng) = rng else { return Ok((Shuffle::None, None)) };
    if rng.is_callable() {
        return Ok((Shuffle::External, Some(rng.clone().unbind())));
    }
    let wrong = || type_error(format!("`rng` must be None, (key, position) or a callable, got {}", rng.get_type()));
    let state = rng.cast::<PyTuple>().map_err(|_| wrong())?;
    if state.len() != 2 {
        return Err(wrong());
    }
    let key = arrays::vector::<u32>("rng.key", &state.get_item(0)?)?;
    let position: usize = config::parse("rng.position", &state.get_item(1)?)?;
    let generator = Mt19937::from_state(key.as_slice()?, position)
        .ok_or_else(|| value_error("`rng` must be 624 words of key and a position in [0, 624]"))?;
    Ok((Shuffle::Mt19937(Box::new(generator)), None))
}

fn write_report<T: Float>(py: Python<'_>, report: Report<T>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("params", PyArray1::from_vec(py, report.params))?;
    dict.set_item("best_params", report.best_params.map(|best| PyArray1::from_vec(py, best)))?;
    dict.set_item("epochs", report.epochs)?;
    dict.set_item("loss_curve", report.loss_curve)?;
    dict.set_item("validation_scores", report.validation_scores)?;
    dict.set_item("validation_losses", report.validation_losses)?;
    dict.set_item("outcome", report.outcome.name())?;
    dict.set_item("progress", write_progress(py, &report.progress)?)?;
    dict.set_item("state", write_state(py, report.state)?)?;
    let best =
        report.best.map(|best| Ok::<_, PyErr>((write_state(py, best.state)?, write_progress(py, &best.progress)?)));
    dict.set_item("best", best.transpose()?)?;
    dict.set_item("rng", write_rng(py, &report.shuffle)?)?;
    Ok(dict)
}

fn write_state<T: Float>(py: Python<'_>, state: OptimizerState<T>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("step", state.step)?;
    dict.set_item("learning_rate", state.learning_rate)?;
    let buffers = state.buffers.into_iter().map(|buffer| PyArray1::from_vec(py, buffer));
    dict.set_item("buffers", PyList::new(py, buffers.collect::<Vec<_>>())?)?;
    dict.set_item("scalars", state.scalars)?;
    dict.set_item("params", state.params.map(|params| PyArray1::from_vec(py, params)))?;
    if let Some(transforms) = state.transforms {
        dict.set_item("transforms", gradients::write_state(py, transforms)?)?;
    }
    Ok(dict)
}

fn write_progress<'py>(py: Python<'py>, progress: &Progress) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("samples_seen", progress.samples_seen)?;
    dict.set_item("best_loss", progress.best_loss)?;
    dict.set_item("best_score", progress.best_score)?;
    dict.set_item("no_improvement_count", progress.no_improvement_count)?;
    dict.set_item("epochs", progress.epochs)?;
    dict.set_item("plateau", schedules::write_watch(py, &progress.plateau)?)?;
    Ok(dict)
}

fn write_rng<'py>(py: Python<'py>, shuffle: &Shuffle) -> PyResult<Option<Bound<'py, PyTuple>>> {
    let Shuffle::Mt19937(generator) = shuffle else { return Ok(None) };
    let (key, position) = generator.state();
    Ok(Some((PyArray1::from_slice(py, &key), position).into_pyobject(py)?))
}
