//! Training and prediction data: NumPy arrays as core's inputs and datasets.
//!
//! What is neither of the element type wanted nor in C order comes as bytes, with what Python knows of where elements lie.

use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use thalweg_core::data::{Dataset, Input};
use thalweg_kernels::raw::{Block, Element, RawRef};
use thalweg_kernels::sparse::{CsrPattern, CsrRef};

use crate::arrays::{self, Dtype, Float};
use crate::errors::{OrPyErr, type_error, value_error};

/// The argument `x`: a matrix; the tuple (data, indices, indptr, columns) of a CSR matrix; or the tuple (dtype, blocks) of
/// a matrix to convert to that dtype, as [`RawBlock`]s.
pub enum Features<'py, T: Float> {
    /// Rows side by side.
    Dense(PyReadonlyArray2<'py, T>),
    /// Compressed sparse rows; the index arrays are copies, for they address memory.
    Sparse(PyReadonlyArray1<'py, T>, Csr),
    /// Blocks of columns, from left to right.
    Raw(Vec<RawBlock<'py>>),
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
        Ok(raw) if raw.len() == 2 => Dtype::of_name("x.dtype", raw.get_item(0)?.extract()?),
        Ok(csr) => arrays::dtype_of("x.data", &csr.get_item(0)?),
        Err(_) => arrays::dtype_of("x", x),
    }
}

impl<'py, T: Float> Features<'py, T> {
    /// Borrows `x`.
    pub fn borrow(x: &Bound<'py, PyAny>) -> PyResult<Self> {
        match x.cast::<PyTuple>() {
            Ok(raw) if raw.len() == 2 => {
                let blocks = raw.get_item(1)?.try_iter()?.map(|block| RawBlock::borrow(&block?));
                Ok(Self::Raw(blocks.collect::<PyResult<_>>()?))
            }
            Ok(csr) => Ok(Self::Sparse(arrays::vector("x.data", &csr.get_item(0)?)?, Csr::copy(csr)?)),
            Err(_) => Ok(Self::Dense(arrays::row_major("x", x)?)),
        }
    }

    /// Where the elements lie that have to be converted; empty where none have to be.
    pub fn blocks(&self) -> PyResult<Vec<Block<'_>>> {
        match self {
            Self::Raw(blocks) => blocks.iter().map(RawBlock::block).collect(),
            Self::Dense(_) | Self::Sparse(..) => Ok(Vec::new()),
        }
    }

    /// As core reads it. `blocks` are its own.
    pub fn input<'a>(&'a self, blocks: &'a [Block<'a>]) -> PyResult<Input<'a, T>> {
        match self {
            Self::Raw(_) => Ok(Input::Raw(RawRef::new(blocks).or_py_err()?)),
            Self::Dense(x) => Ok(Input::Dense(arrays::matrix_of(x)?)),
            Self::Sparse(data, csr) => csr.input(data),
        }
    }
}

/// Some columns of a matrix: the tuple (bytes, type, start, row stride, column stride, rows, columns). `bytes` is an array of
/// uint8; the type is spelled as NumPy's `dtype.str`; start and strides are in bytes.
pub struct RawBlock<'py> {
    bytes: PyReadonlyArray1<'py, u8>,
    element: (Element, bool),
    start: usize,
    strides: (isize, isize),
    shape: (usize, usize),
}

impl<'py> RawBlock<'py> {
    fn borrow(block: &Bound<'py, PyAny>) -> PyResult<Self> {
        type Tuple<'py> = (Bound<'py, PyAny>, String, usize, isize, isize, usize, usize);
        let wrong = |_| type_error("a block of `x` must be (bytes, type, start, row and column stride, rows, columns)");
        let (bytes, name, start, row, col, rows, cols): Tuple<'py> = block.extract().map_err(wrong)?;
        let bytes = arrays::vector("x.bytes", &bytes)?;
        Ok(Self { bytes, element: element(&name)?, start, strides: (row, col), shape: (rows, cols) })
    }

    fn block(&self) -> PyResult<Block<'_>> {
        Block::new(self.bytes.as_slice()?, self.element, self.start, self.strides, self.shape).or_py_err()
    }
}

/// The type that NumPy spells so, and whether its bytes stand in the other order than this machine's.
fn element(name: &str) -> PyResult<(Element, bool)> {
    let wrong = || type_error(format!("an element of `x` must be a bool, an integer or a float, got {name:?}"));
    let (order, kind) = name.split_at_checked(1).ok_or_else(wrong)?;
    let element = match kind {
        "b1" => Element::Bool,
        "i1" => Element::I8,
        "u1" => Element::U8,
        "i2" => Element::I16,
        "u2" => Element::U16,
        "i4" => Element::I32,
        "u4" => Element::U32,
        "i8" => Element::I64,
        "u8" => Element::U64,
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        _ => return Err(wrong()),
    };
    match order {
        "<" => Ok((element, cfg!(target_endian = "big"))),
        ">" => Ok((element, cfg!(target_endian = "little"))),
        "|" => Ok((element, false)),
        _ => Err(wrong()),
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

    /// Where elements of `x` lie that have to be converted.
    pub fn blocks(&self) -> PyResult<Vec<Block<'_>>> {
        self.x.blocks()
    }

    /// As core reads them. `blocks` are those of `x`.
    pub fn dataset<'a>(&'a self, blocks: &'a [Block<'a>]) -> PyResult<Dataset<'a, T>> {
        let weights = self.weights.as_ref().map(|weights| weights.as_slice()).transpose()?;
        Dataset::new(self.x.input(blocks)?, arrays::matrix_of(&self.y)?, weights).or_py_err()
    }
}
