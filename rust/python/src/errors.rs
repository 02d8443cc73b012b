//! The one place where Rust's failures become Python's: error types, and panics.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};

use pyo3::PyErr;
use pyo3::exceptions::{PyMemoryError, PyTypeError, PyValueError};
use pyo3::prelude::*;

use thalweg_kernels::InvalidMatrix;
use thalweg_kernels::arch::UnknownIsa;
use thalweg_kernels::team::InvalidThreads;

mod imported {
    #![allow(missing_docs)] // the macro writes no comments of ours
    pyo3::import_exception!(thalweg.exceptions, InternalError);
}
use imported::InternalError;

/// A wrong value: ValueError.
pub fn value_error(message: impl Into<String>) -> PyErr {
    PyValueError::new_err(message.into())
}

/// A value of the wrong kind: TypeError.
pub fn type_error(message: impl Into<String>) -> PyErr {
    PyTypeError::new_err(message.into())
}

/// What the crates below report, as Python sees it.
pub trait IntoPyErr {
    /// The exception to raise.
    fn into_py_err(self) -> PyErr;
}

impl IntoPyErr for InvalidThreads {
    fn into_py_err(self) -> PyErr {
        value_error(self.to_string())
    }
}

impl IntoPyErr for UnknownIsa {
    fn into_py_err(self) -> PyErr {
        value_error(self.to_string())
    }
}

impl IntoPyErr for InvalidMatrix {
    fn into_py_err(self) -> PyErr {
        value_error(self.to_string())
    }
}

impl IntoPyErr for thalweg_core::Error {
    fn into_py_err(self) -> PyErr {
        match self {
            Self::Invalid { .. } => value_error(self.to_string()),
            Self::OutOfMemory { .. } => PyMemoryError::new_err(self.to_string()),
        }
    }
}

/// `?` for the results of the crates below.
pub trait OrPyErr<T> {
    /// The value, or the exception to raise.
    fn or_py_err(self) -> PyResult<T>;
}

impl<T, E: IntoPyErr> OrPyErr<T> for Result<T, E> {
    fn or_py_err(self) -> PyResult<T> {
        self.map_err(IntoPyErr::into_py_err)
    }
}

/// What panicked and where, since the last report: one line, or more where a helper thread's panic ended its leader.
static FAULTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps a panic's message for the exception instead of printing it.
///
/// Only code of this extension is concerned: it links its own copy of the standard library. Whoever sets
/// `RUST_BACKTRACE` gets Rust's own report on stderr as well.
pub fn install_panic_hook() {
    let print = panic::take_hook();
    let verbose = std::env::var("RUST_BACKTRACE").is_ok_and(|value| value != "0");
    panic::set_hook(Box::new(move |info| {
        let message = info.payload_as_str().unwrap_or("no message");
        let place = info.location().map(|at| format!(" ({}:{})", at.file(), at.line())).unwrap_or_default();
        FAULTS.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{message}{place}"));
        if verbose {
            print(info);
        }
    }));
}

/// Runs the body of an entry point; a panic in it becomes `thalweg.exceptions.InternalError`.
///
/// PyO3 would raise its `PanicException`, a BaseException that passes by every `except Exception`.
pub fn guarded<R>(body: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    // What a panicking call leaves behind half-done is its own: outputs are discarded, and inputs only read.
    panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| Err(internal_error()))
}

#[cold]
fn internal_error() -> PyErr {
    let faults = std::mem::take(&mut *FAULTS.lock().unwrap_or_else(PoisonError::into_inner));
    InternalError::new_err(format!("{}; this is a fault of thalweg, please report it", faults.join("; then ")))
}

/// Panics, for the tests: no input is known that would.
///
/// `on_helper` panics in a chunk of a parallel job instead, on whichever thread has claimed it.
#[pyfunction]
pub fn simulate_fault(py: Python<'_>, on_helper: bool) -> PyResult<()> {
    guarded(|| {
        if !on_helper {
            panic!("simulated");
        }
        let work = crate::threads::WORTH_THREADS;
        let team = crate::threads::team(work)?;
        py.detach(|| {
            team.region(work, |team| team.for_each(4, &|chunk| assert!(chunk != 3, "simulated on a helper")));
        });
        Ok(())
    })
}
