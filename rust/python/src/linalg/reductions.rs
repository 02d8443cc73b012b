//! Sums, norms, softmax and log-sum-exp along the rows or down the columns of a matrix.

use numpy::{Ix1, Ix2};
use pyo3::prelude::*;

use thalweg_kernels::partition::CHUNK;
use thalweg_kernels::vecmath::{log_sum_exp_rows as kernel_log_sum_exp_rows, softmax_rows as kernel_softmax_rows};
use thalweg_kernels::{MatRef, Team, reduce};

use super::{COPY_COST, FUNCTION_COST};
use crate::arrays::{self, Float, by_dtype, dtype_of};
use crate::errors::{guarded, value_error};
use crate::threads;

/// Rows from this length on are shared out among the threads; shorter ones go to a thread whole.
const LONG_ROW: usize = 16 * CHUNK;

/// A kernel that reduces a matrix to a vector.
type Reduction<T> = fn(&Team, MatRef<'_, T>, &mut [T]);

/// Runs `kernel` on `x`, whose `out` is as long as one of the sides of `x`.
fn reduce_to<T: Float>(
    x: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    along_rows: bool,
    cost: usize,
    kernel: Reduction<T>,
) -> PyResult<()> {
    let (x, mut out) = (arrays::row_major::<T>("x", x)?, arrays::readwrite::<T, Ix1>("out", out)?);
    let py = out.py();
    let (x, out) = (arrays::matrix_of(&x)?, out.as_slice_mut()?);
    let length = if along_rows { x.rows() } else { x.cols() };
    if out.len() != length {
        return Err(value_error(format!("`out` must have {length} elements, got {}", out.len())));
    }
    let work = x.rows().saturating_mul(x.cols()).saturating_mul(cost);
    threads::region(py, work, |team| kernel(team, x, out))
}

/// Reduces each row by `of_row`, whose result depends on no team.
fn each_row<T: Float>(team: &Team, x: MatRef<'_, T>, out: &mut [T], of_row: fn(&Team, &[T]) -> T) {
    if x.cols() >= LONG_ROW {
        return out.iter_mut().enumerate().for_each(|(i, out)| *out = of_row(team, x.row(i)));
    }
    let serial = Team::serial(team.isa());
    team.for_each_part(out, (CHUNK / x.cols().max(1)).max(1), &|first, out| {
        out.iter_mut().enumerate().for_each(|(i, out)| *out = of_row(&serial, x.row(first + i)));
    });
}

/// Sum of each row.
#[pyfunction]
pub fn row_sums(x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| {
        by_dtype!(dtype_of("x", x)?, T => reduce_to::<T>(x, out, true, COPY_COST, |team, x, out| {
            each_row(team, x, out, reduce::sum);
        }))
    })
}

/// Euclidean norm of each row.
#[pyfunction]
pub fn row_norms(x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| {
        by_dtype!(dtype_of("x", x)?, T => reduce_to::<T>(x, out, true, COPY_COST, |team, x, out| {
            each_row(team, x, out, reduce::norm);
        }))
    })
}

/// Sum of each column.
#[pyfunction]
pub fn column_sums(x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("x", x)?, T => reduce_to::<T>(x, out, false, COPY_COST, reduce::column_sums)))
}

/// Logarithm of the sum of the exponentials of each row.
#[pyfunction]
pub fn log_sum_exp_rows(x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("x", x)?, T => reduce_to::<T>(x, out, true, FUNCTION_COST, kernel_log_sum_exp_rows)))
}

/// Softmax of each row, in place.
#[pyfunction]
pub fn softmax_rows(x: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("x", x)?, T => softmax_of::<T>(x)))
}

fn softmax_of<T: Float>(x: &Bound<'_, PyAny>) -> PyResult<()> {
    let mut x = arrays::readwrite::<T, Ix2>("x", x)?;
    let py = x.py();
    let x = arrays::matrix_mut("x", &mut x)?;
    let work = x.rows().saturating_mul(x.cols()).saturating_mul(FUNCTION_COST);
    threads::region(py, work, |team| kernel_softmax_rows(team, x))
}
