//! How many threads, and which CPU path: what Python asks and sets.

use pyo3::prelude::*;

use thalweg_kernels::Isa;
use thalweg_kernels::team::{self, Team};

use crate::errors::{OrPyErr, guarded, type_error, value_error};

/// Multiply-adds below which a call stays on its own thread (a region grants fewer than two threads anyway), so that
/// small calls need not ask how many there are.
pub const WORTH_THREADS: usize = 8_000_000;

/// Multiply-adds below which releasing the interpreter costs more than it gives: some 10 us of work.
///
/// Nothing that enters the pool may be below: a thread that waits for the pool must not hold the interpreter.
const WORTH_DETACHING: usize = 100_000;

/// Reads the environment's choices, which are kept: read at the first use, on one thread, they would be half read in a
/// child that another thread forks meanwhile. What is wrong with them is said at that first use.
pub fn initialise() {
    let _ = (Isa::from_environment(), team::threads());
}

/// The team for a call of about `work` multiply-adds.
pub fn team(work: usize) -> PyResult<Team> {
    let isa = Isa::from_environment().or_py_err()?;
    if work < WORTH_THREADS {
        return Ok(Team::serial(isa));
    }
    Ok(Team::new(isa, team::threads().or_py_err()?))
}

/// Runs a call of about `work` multiply-adds, without the interpreter where the work is worth it.
pub fn call<R: Send>(py: Python<'_>, work: usize, body: impl FnOnce(&Team) -> R + Send) -> PyResult<R> {
    let team = team(work)?;
    Ok(detached(py, work, || body(&team)))
}

/// Runs about `work` multiply-adds, without the interpreter where they are worth it.
fn detached<R: Send>(py: Python<'_>, work: usize, run: impl FnOnce() -> R + Send) -> R {
    if work < WORTH_DETACHING { run() } else { py.detach(run) }
}

/// As [`call`], in a region of its own: for bodies that open none.
pub fn region<R: Send>(py: Python<'_>, work: usize, body: impl FnOnce(&Team) -> R + Send) -> PyResult<R> {
    call(py, work, |team| team.region(work, body))
}

/// As [`region`], for a call that may be one of many in a row, which take a second thread sooner.
pub fn region_of_call<R: Send>(py: Python<'_>, work: usize, body: impl FnOnce(&Team) -> R + Send) -> PyResult<R> {
    let team = team(work.saturating_mul(team::SOONER))?;
    Ok(detached(py, work, || team.region_of_call(work, body)))
}

/// Set the number of threads.
///
/// It holds for the whole process, from the next call on, and goes before ``THALWEG_NUM_THREADS`` and
/// ``OMP_NUM_THREADS``. Results do not depend on it.
///
/// Parameters
/// ----------
/// n : int
///     Number of threads, at least 1. Small work takes fewer.
///
/// Raises
/// ------
/// ValueError
///     If ``n`` is less than 1.
///
/// Examples
/// --------
/// >>> import thalweg
/// >>> before = thalweg.get_num_threads()
/// >>> thalweg.set_num_threads(1)
/// >>> thalweg.get_num_threads()
/// 1
/// >>> thalweg.set_num_threads(before)
#[pyfunction]
pub fn set_num_threads(n: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| {
        // Through __index__, so that NumPy's integers pass and 2.0 does not.
        let index =
            n.call_method0("__index__").map_err(|_| type_error(format!("`n` must be an int, got {}", repr(n))))?;
        let count: i64 = index.extract().map_err(|_| value_error(format!("`n` must fit 63 bits, got {index}")))?;
        let count = usize::try_from(count).map_err(|_| value_error(format!("`n` must be at least 1, got {count}")))?;
        team::set_threads(count).or_py_err()
    })
}

fn repr(value: &Bound<'_, PyAny>) -> String {
    value.repr().map_or_else(|_| "an object".to_owned(), |text| text.to_string())
}

/// Return the number of threads that a large call uses.
///
/// Returns
/// -------
/// n : int
///     As set by :func:`set_num_threads`; else ``THALWEG_NUM_THREADS``; else ``OMP_NUM_THREADS``; else the cores
///     available to the process.
///
/// Raises
/// ------
/// ValueError
///     If ``THALWEG_NUM_THREADS`` is not a positive integer.
///
/// Examples
/// --------
/// >>> import thalweg
/// >>> thalweg.get_num_threads() >= 1
/// True
#[pyfunction]
pub fn get_num_threads() -> PyResult<usize> {
    guarded(|| team::threads().or_py_err())
}

/// Return the name of the CPU path in use: the widest that the CPU has within the limit of ``THALWEG_ISA``.
#[pyfunction]
pub fn isa() -> PyResult<&'static str> {
    guarded(|| Isa::from_environment().map(Isa::name).or_py_err())
}

/// Return the names of the CPU paths that this machine can take, narrowest first.
#[pyfunction]
pub fn available_isas() -> PyResult<Vec<&'static str>> {
    guarded(|| Ok(Isa::available().into_iter().map(Isa::name).collect()))
}
