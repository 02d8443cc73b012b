//! NumPy arrays as the slices and matrices that the crates below read, and back.
//!
//! A borrow stands for one call and is checked by the numpy crate against every other borrow made from Rust, so that an
//! array passed both to read and to write is an error. It cannot keep another Python thread from writing into an input
//! while the interpreter is released. Numbers read then are of no consequence but a wrong result, as in NumPy itself;
//! numbers that address memory (row numbers, CSR indices) are copied before they are checked.

use std::fmt::Display;

use numpy::ndarray::Dimension;
use numpy::{Ix1, Ix2, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArray, PyUntypedArrayMethods};
use numpy::{PyArray, PyArray2, PyArrayDescrMethods, PyArrayMethods, PyReadonlyArray, PyReadwriteArray};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

use thalweg_kernels::{MatMut, MatRef, Real, large_pages};

use crate::errors::{type_error, value_error};

/// An element type on both sides of the boundary.
pub trait Float: Real + numpy::Element {}
impl Float for f32 {}
impl Float for f64 {}

/// The element type of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// float32
    F32,
    /// float64
    F64,
}

impl Dtype {
    /// The element type of this name.
    ///
    /// # Errors
    /// TypeError for any other than float32 and float64.
    pub fn of_name(parameter: &str, name: &str) -> PyResult<Self> {
        match name {
            f32::NAME => Ok(Self::F32),
            f64::NAME => Ok(Self::F64),
            _ => Err(type_error(format!("`{parameter}` must be 'float32' or 'float64', got {name:?}"))),
        }
    }
}

/// Calls a function generic over the element type with the type of an argument: `by_dtype!(dtype, T => f::<T>(...))`.
macro_rules! by_dtype {
    ($dtype:expr, $t:ident => $body:expr) => {
        match $dtype {
            $crate::arrays::Dtype::F32 => {
                type $t = f32;
                $body
            }
            $crate::arrays::Dtype::F64 => {
                type $t = f64;
                $body
            }
        }
    };
}
pub(crate) use by_dtype;

/// The element type of the array `value`.
///
/// # Errors
/// TypeError unless it is an array of native float32 or float64.
pub fn dtype_of(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Dtype> {
    if let Ok(array) = value.cast::<PyUntypedArray>() {
        let dtype = array.dtype();
        if dtype.is_equiv_to(&numpy::dtype::<f32>(value.py())) {
            return Ok(Dtype::F32);
        }
        if dtype.is_equiv_to(&numpy::dtype::<f64>(value.py())) {
            return Ok(Dtype::F64);
        }
    }
    Err(type_error(format!("`{name}` must be an array of float32 or float64, got {}", describe(value))))
}

/// What an argument is, for an error message.
pub fn describe(value: &Bound<'_, PyAny>) -> String {
    match value.cast::<PyUntypedArray>() {
        Ok(array) => format!("one of shape {:?} and dtype {}", array.shape(), array.dtype()),
        Err(_) => format!("{}", value.get_type()),
    }
}

fn expected<T: numpy::Element, D: Dimension>(name: &str, value: &Bound<'_, PyAny>) -> PyErr {
    let dimensions = D::NDIM.map_or_else(String::new, |n| format!("{n}-D "));
    let dtype = numpy::dtype::<T>(value.py());
    type_error(format!("`{name}` must be a {dimensions}array of {dtype}, got {}", describe(value)))
}

/// Borrows an argument to read.
///
/// # Errors
/// TypeError for another number of dimensions or element type; ValueError while a call writes to it.
pub fn readonly<'py, T, D>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray<'py, T, D>>
where
    T: numpy::Element,
    D: Dimension,
{
    let array = value.cast::<PyArray<T, D>>().map_err(|_| expected::<T, D>(name, value))?;
    array.try_readonly().map_err(|_| value_error(format!("`{name}` is being written to by another call")))
}

/// Borrows an argument to write.
///
/// # Errors
/// As [`readonly`]; ValueError as well for a read-only array, and for one that is also read in this call.
pub fn readwrite<'py, T, D>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<PyReadwriteArray<'py, T, D>>
where
    T: numpy::Element,
    D: Dimension,
{
    let array = value.cast::<PyArray<T, D>>().map_err(|_| expected::<T, D>(name, value))?;
    array.try_readwrite().map_err(|error| match error {
        numpy::BorrowError::NotWriteable => value_error(format!("`{name}` must be writeable")),
        _ => value_error(format!("`{name}` overlaps an input, or is in use by another call")),
    })
}

/// The error for an array whose elements do not lie in C order.
pub fn not_contiguous(name: &str) -> PyErr {
    value_error(format!("`{name}` must be C-contiguous and aligned"))
}

/// Borrows a vector; `as_slice` of what is returned does not fail.
pub fn vector<'py, T: numpy::Element>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray1<'py, T>> {
    let array = readonly(name, value)?;
    if array.as_slice().is_err() {
        return Err(not_contiguous(name));
    }
    Ok(array)
}

/// The elements of a vector, copied, as indices: each in `0..bound`.
pub fn indices(name: &str, value: &Bound<'_, PyAny>, bound: usize) -> PyResult<Vec<usize>> {
    let array = vector::<i64>(name, value)?;
    let values = array.as_slice()?;
    let mut copy = reserve(values.len())?;
    for &index in values {
        match usize::try_from(index) {
            Ok(index) if index < bound => copy.push(index),
            _ => return Err(value_error(format!("`{name}` must be in [0, {bound}), got {index}"))),
        }
    }
    Ok(copy)
}

/// A copy of an array of int32 or int64 whose numbers address memory.
pub fn csr_indices<I: TryFrom<i64> + TryFrom<i32> + Default>(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Vec<I>> {
    match vector::<i32>(name, value) {
        Ok(array) => converted(name, array.as_slice()?),
        Err(_) => converted(name, vector::<i64>(name, value)?.as_slice()?),
    }
}

/// The extremes are looked at first, and then all numbers are converted without a look at each: both are loops over
/// vectors, as there may be many millions.
fn converted<I: TryFrom<N> + Default, N: Copy + Ord + Display>(name: &str, numbers: &[N]) -> PyResult<Vec<I>> {
    let mut copy = reserve(numbers.len())?;
    let Some(&first) = numbers.first() else { return Ok(copy) };
    let least = numbers.iter().copied().fold(first, N::min);
    let most = numbers.iter().copied().fold(first, N::max);
    if let Some(number) = [least, most].into_iter().find(|number| I::try_from(*number).is_err()) {
        let rule = "must hold numbers that are not negative and fit the memory";
        return Err(value_error(format!("`{name}` {rule}, got {number}")));
    }
    copy.extend(numbers.iter().map(|number| I::try_from(*number).unwrap_or_default()));
    Ok(copy)
}

/// An empty vector with room for `len` elements.
pub fn reserve<T>(len: usize) -> PyResult<Vec<T>> {
    let mut vec = Vec::new();
    match vec.try_reserve_exact(len) {
        Ok(()) => {
            large_pages(vec.spare_capacity_mut());
            Ok(vec)
        }
        Err(_) => Err(pyo3::exceptions::PyMemoryError::new_err(format!("no memory for {len} elements"))),
    }
}

/// Borrows a matrix in either memory order; [`matrix_of`] of what is returned does not fail.
pub fn matrix<'py, T: Float>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray2<'py, T>> {
    let array = readonly(name, value)?;
    if array.as_slice().is_err() {
        return Err(value_error(format!("`{name}` must be contiguous and aligned")));
    }
    Ok(array)
}

/// Borrows a matrix whose rows lie one after the other.
pub fn row_major<'py, T: Float>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray2<'py, T>> {
    let array = matrix(name, value)?;
    if array.is_c_contiguous() { Ok(array) } else { Err(not_contiguous(name)) }
}

/// The view of a borrowed [`matrix`].
pub fn matrix_of<'a, T: Float>(array: &'a PyReadonlyArray2<'_, T>) -> PyResult<MatRef<'a, T>> {
    let (rows, cols) = shape2(array);
    let data = array.as_slice()?;
    Ok(if array.is_c_contiguous() { MatRef::new(data, rows, cols) } else { MatRef::new(data, cols, rows).t() })
}

/// The view of a matrix borrowed to write.
pub fn matrix_mut<'a, T: Float>(name: &str, array: &'a mut PyReadwriteArray<'_, T, Ix2>) -> PyResult<MatMut<'a, T>> {
    let (rows, cols) = shape2(array);
    if !array.is_c_contiguous() {
        return Err(not_contiguous(name));
    }
    Ok(MatMut::new(array.as_slice_mut().map_err(|_| not_contiguous(name))?, rows, cols))
}

/// The shape of a matrix.
pub fn shape2<'py, T: numpy::Element>(array: &Bound<'py, PyArray2<T>>) -> (usize, usize) {
    let shape = array.shape();
    (shape[0], shape[1])
}

/// Elements up to which an array is made without asking NumPy's Python side, which reports exhausted memory.
const SMALL: usize = 4096;

/// A function of NumPy that makes arrays, looked up once.
struct Maker {
    name: &'static str,
    function: PyOnceLock<Py<PyAny>>,
}

static ZEROS: Maker = Maker { name: "zeros", function: PyOnceLock::new() };

static EMPTY: Maker = Maker { name: "empty", function: PyOnceLock::new() };

impl Maker {
    fn function(&self, py: Python<'_>) -> PyResult<&Py<PyAny>> {
        self.function.get_or_try_init(py, || Ok(py.import("numpy")?.getattr(self.name)?.unbind()))
    }

    /// A new array; a small one of zeros.
    fn make<'py, T: numpy::Element, D: Dimension>(
        &self,
        py: Python<'py>,
        shape: D,
    ) -> PyResult<Bound<'py, PyArray<T, D>>> {
        if shape.size_checked().is_some_and(|size| size <= SMALL) {
            return Ok(PyArray::zeros(py, shape, false));
        }
        // The numpy crate would panic where memory is short.
        let function = self.function(py)?.bind(py);
        let array = function.call1((PyTuple::new(py, shape.slice())?, numpy::dtype::<T>(py)))?;
        Ok(array.cast_into::<PyArray<T, D>>()?)
    }
}

/// A new array of zeros. An absurd size is a MemoryError.
pub fn zeros<T: numpy::Element, D: Dimension>(py: Python<'_>, shape: D) -> PyResult<Bound<'_, PyArray<T, D>>> {
    ZEROS.make(py, shape)
}

/// A new array for a result that is written from end to end: a large one has what its memory held before, since to write
/// zeros there takes as long as a product of few links. An absurd size is a MemoryError.
pub fn empty<T: numpy::Element, D: Dimension>(py: Python<'_>, shape: D) -> PyResult<Bound<'_, PyArray<T, D>>> {
    EMPTY.make(py, shape)
}

/// Looks up everything of NumPy that is kept for later calls.
///
/// Looked up at the first use, on one thread, it would be half done in a child that another thread forks meanwhile, and
/// the child would wait for ever for the other half.
pub fn initialise(py: Python<'_>) -> PyResult<()> {
    ZEROS.function(py)?;
    EMPTY.function(py)?;
    let array = zeros::<f64, _>(py, Ix1(1))?;
    array.try_readwrite()?;
    Ok(())
}
