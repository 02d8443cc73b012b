//! Products of matrices and vectors, single or in stacks.

use numpy::ndarray::{Ix1, Ix2, Ix3};
use numpy::{PyArray1, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;

use thalweg_kernels::gemm::{Epilogue, equal_work, gemm, gemv};
use thalweg_kernels::{MatMut, MatRef, Team, reduce};

use super::COPY_COST;
use crate::arrays::{self, Float, by_dtype, dtype_of, shape2};
use crate::errors::{guarded, value_error};
use crate::threads;

/// `a @ b` for vectors and matrices that can be taken as they are; None for everything else.
///
/// The way in for small operands, to whom the general one costs more than the product.
#[pyfunction]
pub fn plain_product<'py>(a: &Bound<'py, PyAny>, b: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    guarded(|| {
        let (Ok(x), Ok(y)) = (a.cast::<PyUntypedArray>(), b.cast::<PyUntypedArray>()) else { return Ok(None) };
        let readable = [x, y].iter().all(|array| array.is_contiguous() && array.is_aligned());
        let inner = if y.ndim() == 0 { None } else { Some(&y.shape()[0]) };
        if !readable || x.ndim() > 2 || y.ndim() > 2 || x.shape().last() != inner {
            return Ok(None);
        }
        match dtype_of("a", a) {
            Ok(dtype) => by_dtype!(dtype, T => plain_product_of::<T>(a, b)),
            Err(_) => Ok(None),
        }
    })
}

fn plain_product_of<'py, T: Float>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = a.py();
    if let (Ok(x), Ok(y)) = (a.cast::<PyArray1<T>>(), b.cast::<PyArray1<T>>()) {
        let scalar = numpy::dtype::<T>(py).getattr(intern!(py, "type"))?;
        return scalar.call1((dot_of::<T>(x, y)?,)).map(Some);
    }
    let Ok(a) = arrays::matrix::<T>("a", a) else { return Ok(None) };
    let a = arrays::matrix_of(&a)?;
    if b.cast::<PyArray1<T>>().is_ok() {
        let x = arrays::vector::<T>("b", b)?;
        let result = arrays::empty::<T, _>(py, Ix1(a.rows()))?;
        multiply_vector(py, a, x.as_slice()?, result.try_readwrite()?.as_slice_mut()?)?;
        return Ok(Some(result.into_any()));
    }
    let Ok(b) = arrays::matrix::<T>("b", b) else { return Ok(None) };
    let b = arrays::matrix_of(&b)?;
    let result = arrays::empty::<T, _>(py, Ix2(a.rows(), b.cols()))?;
    multiply(py, a, b, MatMut::new(result.try_readwrite()?.as_slice_mut()?, a.rows(), b.cols()))?;
    Ok(Some(result.into_any()))
}

fn multiply<T: Float>(py: Python<'_>, a: MatRef<'_, T>, b: MatRef<'_, T>, out: MatMut<'_, T>) -> PyResult<()> {
    threads::region_of_call(py, work::<T>(a.rows(), a.cols(), b.cols()), |team| {
        gemm(team, a, b, out, false, Epilogue::None)
    })
}

fn multiply_vector<T: Float>(py: Python<'_>, a: MatRef<'_, T>, x: &[T], out: &mut [T]) -> PyResult<()> {
    threads::region(py, vector_work(a.rows(), a.cols()), |team| gemv(team, a, x, out))
}

/// `out = a @ b` for two matrices.
#[pyfunction]
pub fn matmul(a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("a", a)?, T => matmul_of::<T>(a, b, out)))
}

fn matmul_of<T: Float>(a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    let (a, b) = (arrays::matrix::<T>("a", a)?, arrays::matrix::<T>("b", b)?);
    let mut out = arrays::readwrite::<T, Ix2>("out", out)?;
    let py = out.py();
    let (a, b) = (arrays::matrix_of(&a)?, arrays::matrix_of(&b)?);
    let c = arrays::matrix_mut("out", &mut out)?;
    check_product((a.rows(), a.cols()), (b.rows(), b.cols()), (c.rows(), c.cols()))?;
    multiply(py, a, b, c)
}

fn check_product(a: (usize, usize), b: (usize, usize), out: (usize, usize)) -> PyResult<()> {
    if a.1 != b.0 {
        return Err(value_error(format!("`b` must have {} rows, got {}", a.1, b.0)));
    }
    if out != (a.0, b.1) {
        return Err(value_error(format!("`out` must have shape {:?}, got {out:?}", (a.0, b.1))));
    }
    Ok(())
}

/// Multiply-adds that take as long as an element on its way from one level of cache to the next.
const ELEMENT: usize = 4;

/// How much sooner a product alone is worth a second thread than a step of training is: nothing that one thread writes has
/// to be fetched by the other.
const ALONE: usize = 3;

/// What a product of two matrices is worth, in the multiply-adds of a step of training in float32.
fn work<T: Float>(m: usize, k: usize, n: usize) -> usize {
    let products = equal_work(m, k, n);
    let elements = m.saturating_mul(k).saturating_add(k.saturating_mul(n)).saturating_add(m.saturating_mul(n));
    products.saturating_add(elements.saturating_mul(ELEMENT)).saturating_mul(ALONE * size_of::<T>() / size_of::<f32>())
}

fn vector_work(m: usize, k: usize) -> usize {
    m.saturating_mul(k).saturating_mul(COPY_COST)
}

/// `out[i] = a[a_at[i]] @ b[b_at[i]]` for stacks of matrices.
#[pyfunction]
pub fn matmul_stack(
    a: &Bound<'_, PyAny>,
    b: &Bound<'_, PyAny>,
    a_at: &Bound<'_, PyAny>,
    b_at: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("a", a)?, T => matmul_stack_of::<T>(a, b, a_at, b_at, out)))
}

fn matmul_stack_of<T: Float>(
    a: &Bound<'_, PyAny>,
    b: &Bound<'_, PyAny>,
    a_at: &Bound<'_, PyAny>,
    b_at: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let (a, b) = (arrays::readonly::<T, Ix3>("a", a)?, arrays::readonly::<T, Ix3>("b", b)?);
    let mut out = arrays::readwrite::<T, Ix3>("out", out)?;
    let py = out.py();
    let (&[sa, m, k], &[sb, rows, n], &[stack, ..]) = (a.shape(), b.shape(), out.shape()) else {
        return Err(value_error("`a`, `b` and `out` must have three dimensions"));
    };
    check_product((m, k), (rows, n), (out.shape()[1], out.shape()[2]))?;
    let (a_at, b_at) = (arrays::indices("a_at", a_at, sa)?, arrays::indices("b_at", b_at, sb)?);
    if a_at.len() != stack || b_at.len() != stack {
        return Err(value_error(format!("`out` must have {} matrices, got {stack}", a_at.len())));
    }
    if !(a.is_c_contiguous() && b.is_c_contiguous() && out.is_c_contiguous()) {
        return Err(arrays::not_contiguous("a, b, out"));
    }
    let (a, b, out) = (a.as_slice()?, b.as_slice()?, out.as_slice_mut()?);
    let product = |team: &Team, i: usize, c: &mut [T]| {
        let a = MatRef::new(&a[a_at[i] * m * k..], m, k);
        gemm(team, a, MatRef::new(&b[b_at[i] * k * n..], k, n), MatMut::new(c, m, n), false, Epilogue::None);
    };
    each(py, out, m * n, work::<T>(m, k, n), product)
}

/// Calls `body(team, i, out[i])` for every piece of `out`: large pieces one after the other, each with the whole team;
/// small ones side by side.
fn each<T: Float>(
    py: Python<'_>,
    out: &mut [T],
    piece: usize,
    work: usize,
    body: impl Fn(&Team, usize, &mut [T]) + Sync + Send,
) -> PyResult<()> {
    let piece = piece.max(1);
    let total = work.saturating_mul(out.len() / piece);
    threads::region(py, total, |team| {
        if work >= threads::WORTH_THREADS {
            out.chunks_mut(piece).enumerate().for_each(|(i, c)| body(team, i, c));
        } else {
            let serial = Team::serial(team.isa());
            team.for_each_part(out, piece, &|offset, c| body(&serial, offset / piece, c));
        }
    })
}

/// `out = a @ x` for a matrix and a vector.
#[pyfunction]
pub fn matvec(a: &Bound<'_, PyAny>, x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("a", a)?, T => matvec_of::<T>(a, x, out)))
}

fn matvec_of<T: Float>(a: &Bound<'_, PyAny>, x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
    let (a, x) = (arrays::matrix::<T>("a", a)?, arrays::vector::<T>("x", x)?);
    let mut out = arrays::readwrite::<T, Ix1>("out", out)?;
    let py = out.py();
    let (a, x, y) = (arrays::matrix_of(&a)?, x.as_slice()?, out.as_slice_mut()?);
    check_product((a.rows(), a.cols()), (x.len(), 1), (y.len(), 1))?;
    multiply_vector(py, a, x, y)
}

/// `out[i] = a[a_at[i]] @ x[x_at[i]]` for stacks of matrices and vectors.
#[pyfunction]
pub fn matvec_stack(
    a: &Bound<'_, PyAny>,
    x: &Bound<'_, PyAny>,
    a_at: &Bound<'_, PyAny>,
    x_at: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("a", a)?, T => matvec_stack_of::<T>(a, x, a_at, x_at, out)))
}

fn matvec_stack_of<T: Float>(
    a: &Bound<'_, PyAny>,
    x: &Bound<'_, PyAny>,
    a_at: &Bound<'_, PyAny>,
    x_at: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let (a, x) = (arrays::readonly::<T, Ix3>("a", a)?, arrays::row_major::<T>("x", x)?);
    let mut out = arrays::readwrite::<T, Ix2>("out", out)?;
    let py = out.py();
    let &[sa, m, k] = a.shape() else { return Err(value_error("`a` must have three dimensions")) };
    let ((sx, length), (stack, rows)) = (shape2(&x), shape2(&out));
    check_product((m, k), (length, 1), (rows, 1))?;
    let (a_at, x_at) = (arrays::indices("a_at", a_at, sa)?, arrays::indices("x_at", x_at, sx)?);
    if a_at.len() != stack || x_at.len() != stack {
        return Err(value_error(format!("`out` must have {} vectors, got {stack}", a_at.len())));
    }
    if !(a.is_c_contiguous() && out.is_c_contiguous()) {
        return Err(arrays::not_contiguous("a, out"));
    }
    let (a, x, out) = (a.as_slice()?, x.as_slice()?, out.as_slice_mut()?);
    let product = |team: &Team, i: usize, y: &mut [T]| {
        gemv(team, MatRef::new(&a[a_at[i] * m * k..], m, k), &x[x_at[i] * k..][..k], y);
    };
    each(py, out, m, vector_work(m, k), product)
}

/// The inner product of two vectors.
#[pyfunction]
pub fn dot(x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<f64> {
    guarded(|| by_dtype!(dtype_of("x", x)?, T => dot_of::<T>(x, y)))
}

fn dot_of<T: Float>(x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<f64> {
    let (x, y) = (arrays::vector::<T>("x", x)?, arrays::vector::<T>("y", y)?);
    let py = x.py();
    let (x, y) = (x.as_slice()?, y.as_slice()?);
    check_product((1, x.len()), (y.len(), 1), (1, 1))?;
    threads::region(py, x.len().saturating_mul(COPY_COST), |team| reduce::dot(team, x, y).wide())
}
