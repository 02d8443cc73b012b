//! `train_sag`: a whole run of SAG or SAGA.

use numpy::PyArrayMethods;
use numpy::ndarray::{Ix1, Ix2};
use pyo3::prelude::*;

use thalweg_core::linear::sag::{SagConfig, sag};

use crate::arrays::{self, Float, by_dtype};
use crate::errors::{OrPyErr, guarded};
use crate::inputs::{self, Borrowed};
use crate::signals::PythonObserver;
use crate::{config, threads};

/// What a run returns: weights, intercepts, number of passes, and how it ended.
type Outcome<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, usize, &'static str);

/// Train a linear model by SAG or SAGA; see the stub for the arguments.
///
/// The interpreter is released meanwhile, and nothing passed here may be written to by another thread.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "one call with everything that a run needs; only Python calls it")]
pub fn train_sag<'py>(
    x: &Bound<'py, PyAny>,
    y: &Bound<'py, PyAny>,
    sample_weight: Option<&Bound<'py, PyAny>>,
    coef: &Bound<'py, PyAny>,
    intercept: &Bound<'py, PyAny>,
    config: &Bound<'py, PyAny>,
    on_pass: Option<&Bound<'py, PyAny>>,
) -> PyResult<Outcome<'py>> {
    guarded(|| {
        let config: SagConfig = config::parse("config", config)?;
        by_dtype!(inputs::dtype_of(x)?, T => {
            let data = Borrowed::<T>::new(x, y, sample_weight)?;
            train(x.py(), &data, coef, intercept, &config, on_pass)
        })
    })
}

fn train<'py, T: Float>(
    py: Python<'py>,
    data: &Borrowed<'py, T>,
    coef: &Bound<'py, PyAny>,
    intercept: &Bound<'py, PyAny>,
    config: &SagConfig,
    on_pass: Option<&Bound<'py, PyAny>>,
) -> PyResult<Outcome<'py>> {
    let blocks = data.blocks()?;
    let dataset = data.dataset(&blocks)?;
    let (coef_from, intercept_from) =
        (arrays::row_major::<T>("coef", coef)?, arrays::vector::<T>("intercept", intercept)?);
    let (outputs, features) = arrays::shape2(&coef_from);
    let coef = arrays::zeros::<T, _>(py, Ix2(outputs, features))?;
    let intercept = arrays::zeros::<T, _>(py, Ix1(intercept_from.as_slice()?.len()))?;
    let (mut coef_to, mut intercept_to) = (coef.try_readwrite()?, intercept.try_readwrite()?);
    let (w, b) = (coef_to.as_slice_mut()?, intercept_to.as_slice_mut()?);
    w.copy_from_slice(coef_from.as_slice()?);
    b.copy_from_slice(intercept_from.as_slice()?);
    let mut observer = PythonObserver::new(py, on_pass.map(|callback| callback.clone().unbind()), None)?;
    let ran = threads::call(py, usize::MAX, |team| sag(team.isa(), &dataset, config, w, b, &mut observer))?;
    observer.finish(py)?;
    let (passes, ending) = ran.or_py_err()?;
    drop((coef_to, intercept_to));
    Ok((coef.into_any(), intercept.into_any(), passes, ending.name()))
}
