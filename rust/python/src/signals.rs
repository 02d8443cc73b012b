//! Python beside a training run: Ctrl-C, callbacks, and generators that are not ours.
//!
//! The run has released the interpreter and takes it back here alone, on the thread that called.

use numpy::PyUntypedArrayMethods;
use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::linear::sgd::{EpochReport, Watcher};
use thalweg_core::training::{Control, Event, Observer};

use crate::arrays;
use crate::errors::value_error;

/// Asks Python whether to go on, and keeps what it raised.
pub struct PythonObserver {
    /// Called with a dict for each finished epoch.
    on_epoch: Option<Py<PyAny>>,
    /// Called with n, returns a permutation of 0..n.
    permutation: Option<Py<PyAny>>,
    /// Python runs the handlers of signals on its main thread only; elsewhere there is nothing to ask.
    on_main_thread: bool,
    raised: Option<PyErr>,
}

impl PythonObserver {
    /// An observer for a run that starts on this thread.
    pub fn new(py: Python<'_>, on_epoch: Option<Py<PyAny>>, permutation: Option<Py<PyAny>>) -> PyResult<Self> {
        let threading = py.import("threading")?;
        let (current, main) = (threading.call_method0("current_thread")?, threading.call_method0("main_thread")?);
        Ok(Self { on_epoch, permutation, on_main_thread: current.is(&main), raised: None })
    }

    /// What has been raised, unless it was Ctrl-C: that ends a run and is no error.
    pub fn finish(self, py: Python<'_>) -> PyResult<()> {
        match self.raised {
            Some(raised) if !raised.is_instance_of::<PyKeyboardInterrupt>(py) => Err(raised),
            _ => Ok(()),
        }
    }

    fn check_signals(&mut self) -> Control {
        if !self.on_main_thread {
            return Control::Continue;
        }
        self.ask(|py, _| py.check_signals())
    }

    /// Calls whoever wants to know of finished epochs.
    fn tell(&mut self, event: impl for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyDict>>) -> Control {
        if self.on_epoch.is_none() {
            return Control::Continue;
        }
        self.ask(|py, this| {
            let Some(callback) = &this.on_epoch else { return Ok(()) };
            callback.bind(py).call1((event(py)?,)).map(|_| ())
        })
    }

    fn ask(&mut self, question: impl FnOnce(Python<'_>, &Self) -> PyResult<()>) -> Control {
        match Python::attach(|py| question(py, self)) {
            Ok(()) => Control::Continue,
            Err(raised) => {
                self.raised = Some(raised);
                Control::Stop
            }
        }
    }
}

impl Observer for PythonObserver {
    fn epoch_order(&mut self, order: &mut [usize]) -> Control {
        self.ask(|py, this| {
            let Some(permutation) = &this.permutation else { return Err(value_error("`rng` gives no permutation")) };
            let drawn = permutation.bind(py).call1((order.len(),))?;
            let drawn = arrays::vector::<i64>("permutation", &drawn)?;
            if drawn.len() != order.len() {
                let (expected, got) = (order.len(), drawn.len());
                return Err(value_error(format!("`permutation` must have {expected} elements, got {got}")));
            }
            for (to, &from) in order.iter_mut().zip(drawn.as_slice()?) {
                // Core finds what is out of bounds or comes twice.
                *to = usize::try_from(from).unwrap_or(usize::MAX);
            }
            Ok(())
        })
    }

    fn poll(&mut self) -> Control {
        self.check_signals()
    }

    fn epoch_finished(&mut self, event: &Event) -> Control {
        self.tell(|py| event_dict(py, event))
    }

    fn pass_finished(&mut self, pass: usize, change: f64) -> Control {
        self.tell(|py| {
            let dict = PyDict::new(py);
            dict.set_item("pass", pass)?;
            dict.set_item("change", change)?;
            Ok(dict)
        })
    }
}

impl Watcher for PythonObserver {
    fn poll(&mut self) -> Control {
        self.check_signals()
    }

    fn epoch_finished(&mut self, report: &EpochReport) -> Control {
        self.tell(|py| report_dict(py, report))
    }
}

fn event_dict<'py>(py: Python<'py>, event: &Event) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("epoch", event.epoch)?;
    dict.set_item("loss", event.loss)?;
    dict.set_item("validation_score", event.validation_score)?;
    dict.set_item("validation_loss", event.validation_loss)?;
    dict.set_item("learning_rate", event.learning_rate)?;
    dict.set_item("decision", event.decision.name())?;
    Ok(dict)
}

fn report_dict<'py>(py: Python<'py>, report: &EpochReport) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("problem", report.problem)?;
    dict.set_item("epoch", report.epoch)?;
    dict.set_item("norm", report.norm)?;
    dict.set_item("non_zero", report.non_zero)?;
    dict.set_item("intercept", report.intercept)?;
    dict.set_item("steps", report.steps)?;
    dict.set_item("loss", report.loss)?;
    dict.set_item("objective", report.objective)?;
    dict.set_item("score", report.score)?;
    dict.set_item("converged", report.converged)?;
    Ok(dict)
}
