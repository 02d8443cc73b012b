//! Gradient transforms on NumPy arrays: `GradientChain` changes gradients in an arena that Python owns; the state is here.

use numpy::{Ix1, PyArray1};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use thalweg_core::error::require;
use thalweg_core::gradients::{Chain, ChainState, GradientConfig, Transform, registry};
use thalweg_core::params::Layout;

use crate::arrays::{self, Dtype, Float};
use crate::errors::{OrPyErr, guarded, type_error, value_error};
use crate::{config, threads};

/// Multiply-adds that an element of a transform takes as long as: it waits for memory.
const WORK_PER_ELEMENT: usize = 8;

/// Return the configuration of every gradient transform at its defaults, by name.
#[pyfunction]
pub fn gradient_registry(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    guarded(|| config::registry(py, registry()))
}

/// Check the configuration of a gradient transform.
#[pyfunction]
pub fn validate_gradient_transform(config: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| {
        let config: GradientConfig = config::parse("gradient_transforms", config)?;
        config.validate().or_py_err()
    })
}

/// Gradient transforms one after the other, at work on arrays of one element type.
#[pyclass(module = "thalweg._core")]
pub struct GradientChain {
    typed: Typed,
    /// Whether the transforms read the parameters.
    needs_params: bool,
}

enum Typed {
    F32(Chain<f32>),
    F64(Chain<f64>),
}

/// Calls a function generic over the element type with what is inside.
macro_rules! by_type {
    ($typed:expr, $chain:ident => $body:expr) => {
        match $typed {
            Typed::F32($chain) => $body,
            Typed::F64($chain) => $body,
        }
    };
}

#[pymethods]
impl GradientChain {
    /// Check the transforms and make their state for gradients like those in `arena`.
    #[new]
    fn new(configs: Vec<Bound<'_, PyAny>>, shapes: Vec<Vec<usize>>, arena: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(|| {
            let read = |(i, config): (usize, &Bound<'_, PyAny>)| {
                config::parse::<GradientConfig>(&format!("gradient_transforms[{i}]"), config)
            };
            let transforms = configs.iter().enumerate().map(read).collect::<PyResult<Vec<_>>>()?;
            let examples = transforms.iter().find(|transform| transform.example_bound().is_some());
            let rule = "a transform of whole gradients; estimators clip the gradient of each example";
            require(examples.is_none(), "gradient_transforms", rule, examples.map(GradientConfig::name).unwrap_or(""))
                .or_py_err()?;
            let needs_params = transforms.iter().any(Transform::needs_params);
            let layout = Layout::of_shapes(shapes.into_iter().map(|shape| ("", shape))).or_py_err()?;
            let typed = match arrays::dtype_of("arena", arena)? {
                Dtype::F32 => Typed::F32(Chain::new(&transforms, &layout, |_| true).or_py_err()?),
                Dtype::F64 => Typed::F64(Chain::new(&transforms, &layout, |_| true).or_py_err()?),
            };
            Ok(Self { typed, needs_params })
        })
    }

    /// Change the gradients in `grads`, an arena; returns whether there is a step with them.
    fn apply(&mut self, params: Option<&Bound<'_, PyAny>>, grads: &Bound<'_, PyAny>, weight: f64) -> PyResult<bool> {
        guarded(|| {
            require(weight > 0.0 && weight.is_finite(), "weight", "> 0 and finite", weight).or_py_err()?;
            if self.needs_params && params.is_none() {
                return Err(value_error("`params` must be given to transforms that read them, got None".to_owned()));
            }
            by_type!(&mut self.typed, chain => apply(chain, params, grads, weight))
        })
    }

    /// Whether a transform answers for gradients that are not finite.
    #[getter]
    fn judges_finiteness(&self) -> bool {
        by_type!(&self.typed, chain => chain.judges_finiteness())
    }

    /// Return what the transforms keep; arrays are copies.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        guarded(|| by_type!(&self.typed, chain => write_state(py, chain.state().or_py_err()?)))
    }

    /// Go on from what :meth:`state` has returned.
    fn load(&mut self, state: &Bound<'_, PyAny>) -> PyResult<()> {
        guarded(|| by_type!(&mut self.typed, chain => chain.resume(&read_state(state)?).or_py_err()))
    }

    /// The numbers alone, of which a failed step must leave no trace.
    fn numbers(&self) -> Vec<Vec<f64>> {
        by_type!(&self.typed, chain => chain.numbers())
    }

    /// Put back what :meth:`numbers` has returned.
    fn set_numbers(&mut self, numbers: Vec<Vec<f64>>) -> PyResult<()> {
        guarded(|| by_type!(&mut self.typed, chain => chain.set_numbers(&numbers).or_py_err()))
    }
}

fn apply<T: Float>(
    chain: &mut Chain<T>,
    params: Option<&Bound<'_, PyAny>>,
    grads: &Bound<'_, PyAny>,
    weight: f64,
) -> PyResult<bool> {
    let py = grads.py();
    let mut grads = arrays::readwrite::<T, Ix1>("grads", grads)?;
    let grads = grads.as_slice_mut().map_err(|_| arrays::not_contiguous("grads"))?;
    let params = params.map(|params| arrays::vector::<T>("params", params)).transpose()?;
    let params = params.as_ref().map(|params| params.as_slice()).transpose()?.unwrap_or(&[]);
    let len = chain.layout().len();
    require(grads.len() == len, "grads", format_args!("of length {len}"), grads.len()).or_py_err()?;
    let fits = params.is_empty() || params.len() == len;
    require(fits, "params", format_args!("of length {len}"), params.len()).or_py_err()?;
    let work = len.saturating_mul(WORK_PER_ELEMENT);
    let behind = threads::region(py, work, |team| chain.apply(team, params, grads, weight))?;
    Ok(behind.or_py_err()?.is_some())
}

/// What a chain keeps, as a dict.
pub fn write_state<T: Float>(py: Python<'_>, state: ChainState<T>) -> PyResult<Bound<'_, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("numbers", state.numbers)?;
    let sums = state.sums.into_iter().map(|sum| PyArray1::from_vec(py, sum));
    dict.set_item("sums", PyList::new(py, sums.collect::<Vec<_>>())?)?;
    Ok(dict)
}

/// The inverse of [`write_state`].
pub fn read_state<T: Float>(state: &Bound<'_, PyAny>) -> PyResult<ChainState<T>> {
    let state = state.cast::<PyDict>().map_err(|_| type_error("`state.transforms` must be a dict"))?;
    let item = |key: &str| {
        let missing = || value_error(format!("`state.transforms` must have the keys numbers and sums, lacks {key:?}"));
        state.get_item(key)?.ok_or_else(missing)
    };
    let mut sums = Vec::new();
    for (i, sum) in item("sums")?.try_iter()?.enumerate() {
        let array = arrays::vector::<T>(&format!("state.transforms.sums[{i}]"), &sum?)?;
        let values = array.as_slice()?;
        let mut copy = arrays::reserve(values.len())?;
        copy.extend_from_slice(values);
        sums.push(copy);
    }
    Ok(ChainState { numbers: config::parse("state.transforms.numbers", &item("numbers")?)?, sums })
}
