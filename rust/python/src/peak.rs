//! The machine's limit, for benches.

use pyo3::prelude::*;

use thalweg_kernels::Isa;
use thalweg_kernels::peak;

use crate::errors::{OrPyErr, guarded, value_error};

/// Return the floating-point operations a second that `threads` threads at once can do in fused multiply-adds of
/// ``dtype``, ``"float32"`` or ``"float64"``, on the CPU path in use: measured, in about 0.1 s.
#[pyfunction]
#[pyo3(signature = (dtype, threads = 1))]
pub fn fma_peak(py: Python<'_>, dtype: &str, threads: usize) -> PyResult<f64> {
    guarded(|| {
        if threads == 0 {
            return Err(value_error("`threads` must be at least 1, got 0".to_owned()));
        }
        let isa = Isa::from_environment().or_py_err()?;
        match dtype {
            "float32" => Ok(py.detach(|| peak::fma_peak::<f32>(isa, threads))),
            "float64" => Ok(py.detach(|| peak::fma_peak::<f64>(isa, threads))),
            other => Err(value_error(format!("`dtype` must be 'float32' or 'float64', got {other:?}"))),
        }
    })
}
