//! The registry of schedules, and their rates at given times.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::schedules::{ScheduleConfig, Watch, registry};

use crate::errors::{OrPyErr, guarded, value_error};
use crate::{arrays, config};

/// Return the configuration of every schedule at its defaults, by name.
#[pyfunction]
pub fn schedule_registry(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    guarded(|| config::registry(py, registry()))
}

/// Check the configuration of a schedule.
#[pyfunction]
pub fn validate_schedule(config: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| {
        let config: ScheduleConfig = config::parse("schedule", config)?;
        config.rule().validate().or_py_err()
    })
}

/// Return the rate at each time, an int64 vector.
#[pyfunction]
pub fn schedule_rates<'py>(
    config: &Bound<'py, PyAny>,
    times: &Bound<'py, PyAny>,
    lr: f64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    guarded(|| {
        let config: ScheduleConfig = config::parse("schedule", config)?;
        let rates = config.rates(&read_times(times)?, lr).or_py_err()?;
        Ok(PyArray1::from_vec(times.py(), rates))
    })
}

/// Return the momentum at each time, an int64 vector, or None where the schedule has none.
#[pyfunction]
pub fn schedule_momenta<'py>(
    config: &Bound<'py, PyAny>,
    times: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyArray1<f64>>>> {
    guarded(|| {
        let config: ScheduleConfig = config::parse("schedule", config)?;
        let momenta = config.momenta(&read_times(times)?).or_py_err()?;
        Ok(momenta.map(|momenta| PyArray1::from_vec(times.py(), momenta)))
    })
}

/// Return the rate after a metric, and what the schedule remembers from then on.
#[pyfunction]
pub fn plateau_update<'py>(
    config: &Bound<'py, PyAny>,
    state: &Bound<'py, PyAny>,
    metric: f64,
    lr: f64,
) -> PyResult<(f64, Bound<'py, PyDict>)> {
    guarded(|| {
        let config: ScheduleConfig = config::parse("schedule", config)?;
        let mut watch: Watch = config::parse("state", state)?;
        config.rule().validate().or_py_err()?;
        if !(lr >= 0.0 && lr.is_finite()) {
            return Err(value_error(format!("`lr` must be >= 0 and finite, got {lr:?}")));
        }
        let rate = config.rule().on_metric(&mut watch, metric, lr);
        Ok((rate, write_watch(state.py(), &watch)?))
    })
}

/// What a schedule remembers, as a dict.
pub fn write_watch<'py>(py: Python<'py>, watch: &Watch) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("best", watch.best)?;
    dict.set_item("num_bad_epochs", watch.num_bad_epochs)?;
    dict.set_item("cooldown_counter", watch.cooldown_counter)?;
    dict.set_item("count", watch.count)?;
    dict.set_item("mean", watch.mean)?;
    Ok(dict)
}

fn read_times(times: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    let array = arrays::vector::<i64>("t", times)?;
    let times = array.as_slice()?.iter();
    let checked = times.map(|t| u64::try_from(*t).map_err(|_| value_error(format!("`t` must be >= 0, got {t}"))));
    checked.collect()
}
