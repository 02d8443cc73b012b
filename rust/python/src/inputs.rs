//! Training and prediction data: NumPy arrays as core's inputs and datasets.

use numpy::{PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use thalweg_core::data::{Dataset, Input};
use thalweg_kernels::sparse::{CsrPattern, CsrRef};

use crate::arrays::{self, Dtype, Float};
use crate::errors::{OrPyErr, type_error, value_error};

/// The argument `x`: a matrix, or the tuple (data, indices, indptr, columns) of a CSR matrix.
pub enum Features<'py, T: Float> {
    /// Rows side by side.
    Dense(PyReadonlyArray2<'py, T>),
    /// Compressed sparse rows; the index arrays are copies, for they address memory.
    Sparse(PyReadonlyArray1<'py, T>, Csr),
}

/// Where the elements of a CSR matrix stand.
#[derive(Debug)]
pub struct Csr {
    indices: Vec<u32>,
    indptr: Vec<usize>,
    columns: usize,
}

/// The element type of the argument `x`.
pub fn dtype_of(x: &Bound<'_, PyAny>) -> PyResult<Dtype> {
    match x.cast::<PyTuple>() {
        Ok(csr) => arrays::dtype_of("x.data", &csr.get_item(0)?),
        Err(_) => arrays::dtype_of("x", x),
    }
}

impl<'py, T: Float> Features<'py, T> {
    /// Borrows `x`.
    pub fn borrow(x: &Bound<'py, PyAny>) -> PyResult<Self> {
        match x.cast::<PyTuple>() {
            Ok(csr) => Ok(Self::Sparse(arrays::vector("x.data", &csr.get_item(0)?)?, Csr::copy(csr)?)),
            Err(_) => Ok(Self::Dense(arrays::row_major("x", x)?)),
        }
    }

    /// As core reads it.
    pub fn input(&self) -> PyResult<Input<'_, T>> {
        match self {
            Self::Dense(x) => Ok(Input::Dense(arrays::matrix_of(x)?)),
            Self::Sparse(data, csr) => csr.input(data),
        }
    }

    /// The stored numbers.
    pub fn values(&self) -> PyResult<&[T]> {
        match self {
            Self::Dense(x) => Ok(x.as_slice()?),
            Self::Sparse(data, _) => Ok(data.as_slice()?),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Dense(x) => x.shape()[0],
            Self::Sparse(_, csr) => csr.indptr.len().saturating_sub(1),
        }
    }
}

impl Csr {
    fn copy(x: &Bound<'_, PyTuple>) -> PyResult<Self> {
        if x.len() != 4 {
            return Err(type_error(format!("`x` must be (data, indices, indptr, columns), got {} items", x.len())));
        }
        let columns = x.get_item(3)?;
        Ok(Self {
            indices: arrays::csr_indices("x.indices", &x.get_item(1)?)?,
            indptr: arrays::csr_indices("x.indptr", &x.get_item(2)?)?,
            columns: columns
                .extract()
                .map_err(|_| value_error(format!("`x` must have 0 or more columns, got {columns}")))?,
        })
    }

    fn input<'a, T: Float>(&'a self, data: &'a PyReadonlyArray1<'_, T>) -> PyResult<Input<'a, T>> {
        let csr = CsrRef::new(data.as_slice()?, &self.indices, &self.indptr, self.columns).or_py_err()?;
        Ok(Input::Sparse(csr))
    }
}

/// Where the elements of the CSR matrix `x` stand, checked.
pub fn pattern(x: &Bound<'_, PyTuple>) -> PyResult<CsrPattern> {
    let Csr { indices, indptr, columns } = Csr::copy(x)?;
    CsrPattern::new(indices, indptr, columns).or_py_err()
}

/// The arguments `x`, `y` and `sample_weight`, borrowed.
pub struct Borrowed<'py, T: Float> {
    x: Features<'py, T>,
    y: PyReadonlyArray2<'py, T>,
    weights: Option<PyReadonlyArray1<'py, T>>,
}

impl<'py, T: Float> Borrowed<'py, T> {
    /// Borrows the arguments.
    pub fn new(
        x: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Self> {
        let weights = sample_weight.map(|weights| arrays::vector("sample_weight", weights)).transpose()?;
        Ok(Self { x: Features::borrow(x)?, y: arrays::row_major("y", y)?, weights })
    }

    /// As core reads them.
    pub fn dataset(&self) -> PyResult<Dataset<'_, T>> {
        let weights = self.weights.as_ref().map(|weights| weights.as_slice()).transpose()?;
        Dataset::new(self.x.input()?, arrays::matrix_of(&self.y)?, weights).or_py_err()
    }
}
