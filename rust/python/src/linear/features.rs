//! Features that are taken row by row: NumPy arrays as core's [`Features`].

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use thalweg_core::linear::sgd::Features;
use thalweg_kernels::rows::{DenseRows, SparseRows};

use crate::arrays::{self, Float, matrix_of};
use crate::errors::{OrPyErr, type_error, value_error};

/// The argument `x`: a matrix, or the tuple (data, indices, indptr, columns) of a CSR matrix with indices of 32 or 64
/// bits, in any order and perhaps more than once.
pub enum BorrowedRows<'py, T: Float> {
    /// Rows side by side.
    Dense(PyReadonlyArray2<'py, T>),
    /// Compressed sparse rows; the index arrays are copies, for they address memory.
    Sparse { data: PyReadonlyArray1<'py, T>, columns: Vec<u32>, ends: Vec<usize>, cols: usize },
}

impl<'py, T: Float> BorrowedRows<'py, T> {
    /// Borrows `x`.
    pub fn new(x: &Bound<'py, PyAny>) -> PyResult<Self> {
        let Ok(csr) = x.cast::<PyTuple>() else { return Ok(Self::Dense(arrays::row_major("x", x)?)) };
        if csr.len() != 4 {
            return Err(type_error(format!("`x` must be (data, indices, indptr, columns), got {} items", csr.len())));
        }
        let cols = csr.get_item(3)?;
        Ok(Self::Sparse {
            data: arrays::vector("x.data", &csr.get_item(0)?)?,
            columns: arrays::csr_indices("x.indices", &csr.get_item(1)?)?,
            ends: arrays::csr_indices("x.indptr", &csr.get_item(2)?)?,
            cols: cols.extract().map_err(|_| value_error(format!("`x` must have 0 or more columns, got {cols}")))?,
        })
    }

    /// As core reads it.
    pub fn features(&self) -> PyResult<Features<'_, T>> {
        Ok(match self {
            Self::Dense(x) => Features::Dense(DenseRows::new(matrix_of(x)?)),
            Self::Sparse { data, columns, ends, cols } => {
                Features::Sparse(SparseRows::new(data.as_slice()?, columns, ends, *cols).or_py_err()?)
            }
        })
    }
}
