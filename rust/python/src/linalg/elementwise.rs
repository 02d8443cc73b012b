//! Functions of one number, and their gradients.

use numpy::{IxDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;

use thalweg_kernels::elementwise::{self, Activation, activate, activation_gradient};
use thalweg_kernels::partition::CHUNK;
use thalweg_kernels::{Real, Team, vecmath};

use super::{COPY_COST, FUNCTION_COST};
use crate::arrays::{self, Float, by_dtype, dtype_of};
use crate::errors::{guarded, value_error};
use crate::threads;

/// A kernel that reads one slice and writes another of the same length.
type Map<T> = fn(&Team, &[T], &mut [T]);

/// Runs `kernel` over the elements of `x` and `out`, in the order in which they lie in memory.
fn map<T: Float>(x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>, kernel: Map<T>) -> PyResult<()> {
    let (x, mut out) = (arrays::readonly::<T, IxDyn>("x", x)?, arrays::readwrite::<T, IxDyn>("out", out)?);
    let same_order =
        (x.is_c_contiguous() && out.is_c_contiguous()) || (x.is_fortran_contiguous() && out.is_fortran_contiguous());
    if x.shape() != out.shape() || !same_order {
        return Err(value_error(format!("`out` must have the shape and order of `x`, got {:?}", out.shape())));
    }
    let py = x.py();
    let (x, out) = (x.as_slice()?, out.as_slice_mut()?);
    threads::region(py, x.len().saturating_mul(FUNCTION_COST), |team| kernel(team, x, out))
}

fn relu_into<T: Float>(team: &Team, x: &[T], out: &mut [T]) {
    let serial = Team::serial(team.isa());
    team.for_each_part(out, CHUNK, &|offset, out| {
        out.copy_from_slice(&x[offset..][..out.len()]);
        activate(&serial, Activation::Relu, out);
    });
}

/// Defines functions that map `x` to `out` by a kernel.
macro_rules! maps {
    ($($(#[$doc:meta])* $name:ident => $kernel:path;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        pub fn $name(x: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
            guarded(|| by_dtype!(dtype_of("x", x)?, T => map::<T>(x, out, $kernel)))
        }
    )*};
}

maps! {
    /// Exponential of each element.
    exp => vecmath::exp;
    /// Natural logarithm of each element.
    log => vecmath::log;
    /// Hyperbolic tangent of each element.
    tanh => vecmath::tanh;
    /// Logistic function of each element.
    sigmoid => vecmath::sigmoid;
    /// Positive part of each element.
    relu => relu_into;
}

/// `out = grad * activation'`, the derivative written by the activation's output; all flattened.
fn gradient<T: Float>(
    activation: Activation,
    output: &Bound<'_, PyAny>,
    grad: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let (output, grad) = (flat::<T>("output", output)?, flat::<T>("grad", grad)?);
    let mut out = arrays::readwrite::<T, IxDyn>("out", out)?;
    let py = out.py();
    let (output, grad) = (output.as_slice()?, grad.as_slice()?);
    let out = out.as_slice_mut()?;
    if output.len() != out.len() || grad.len() != out.len() {
        return Err(value_error(format!("`output`, `grad` and `out` must have one size, got {}", out.len())));
    }
    threads::region(py, out.len().saturating_mul(COPY_COST), |team| {
        let serial = Team::serial(team.isa());
        team.for_each_part(out, CHUNK, &|offset, out| {
            out.copy_from_slice(&grad[offset..][..out.len()]);
            activation_gradient(&serial, activation, &output[offset..][..out.len()], out);
        });
    })
}

fn flat<'py, T: Float>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<numpy::PyReadonlyArrayDyn<'py, T>> {
    let array = arrays::readonly::<T, IxDyn>(name, value)?;
    if array.is_c_contiguous() { Ok(array) } else { Err(arrays::not_contiguous(name)) }
}

/// Defines functions that map an activation's `output` and the gradient `grad` that meets it to `out`.
macro_rules! gradients {
    ($($(#[$doc:meta])* $name:ident => $activation:expr;)*) => {$(
        $(#[$doc])*
        #[pyfunction]
        pub fn $name(output: &Bound<'_, PyAny>, grad: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
            guarded(|| by_dtype!(dtype_of("output", output)?, T => gradient::<T>($activation, output, grad, out)))
        }
    )*};
}

gradients! {
    /// Gradient through tanh.
    tanh_gradient => Activation::Tanh;
    /// Gradient through the logistic function.
    sigmoid_gradient => Activation::Logistic;
    /// Gradient through the positive part.
    relu_gradient => Activation::Relu;
}

/// `y += alpha * x`, all flattened.
#[pyfunction]
pub fn axpy(alpha: f64, x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<()> {
    guarded(|| by_dtype!(dtype_of("x", x)?, T => axpy_of::<T>(T::of(alpha), x, y)))
}

fn axpy_of<T: Float>(alpha: T, x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<()> {
    let (x, mut y) = (flat::<T>("x", x)?, arrays::readwrite::<T, IxDyn>("y", y)?);
    let py = y.py();
    let (x, y) = (x.as_slice()?, y.as_slice_mut()?);
    if x.len() != y.len() {
        return Err(value_error(format!("`y` must have {} elements, got {}", x.len(), y.len())));
    }
    threads::region(py, y.len().saturating_mul(COPY_COST), |team| elementwise::axpy(team, alpha, x, y))
}
