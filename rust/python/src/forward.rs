//! `mlp_forward`: prediction, down to a single row.

use numpy::ndarray::{Dimension, Ix1, Ix2};
use numpy::{PyArray, PyArray1, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyString;

use thalweg_core::activations::{Hidden, Output};
use thalweg_core::precision::Precision;
use thalweg_core::prediction::{Layers, Wanted, predict};
use thalweg_kernels::MatRef;

use crate::arrays::{self, Float, by_dtype, empty};
use crate::errors::{OrPyErr, guarded, value_error};
use crate::inputs::{self, Features};
use crate::threads;

/// Return what is wanted of a network's outputs, or None when `check_finite` and `x` holds NaN or infinity.
#[pyfunction]
#[allow(clippy::too_many_arguments, reason = "the arguments of a Python function")]
#[pyo3(signature = (x, coefs, intercepts, activation, output, check_finite, wanted=None, precision=None))]
pub fn mlp_forward<'py>(
    x: &Bound<'py, PyAny>,
    coefs: &Bound<'py, PyAny>,
    intercepts: &Bound<'py, PyAny>,
    activation: &Bound<'py, PyString>,
    output: &Bound<'py, PyString>,
    check_finite: bool,
    wanted: Option<&Bound<'py, PyString>>,
    precision: Option<&Bound<'py, PyString>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    guarded(|| {
        let activation = member("activation", activation, &Hidden::ALL)?;
        let output = member("output", output, &Output::ALL)?;
        let wanted = wanted.map_or(Ok(Kind::Outputs), |wanted| member("wanted", wanted, &Kind::ALL))?;
        let precision = precision.map(|name| member("precision", name, &Precision::ALL)).transpose()?;
        let (py, how) = (x.py(), How { activation, output, precision: precision.unwrap_or_default(), check_finite });
        by_dtype!(inputs::dtype_of(x)?, T => {
            let weights = Weights::<T>::borrow(coefs, intercepts)?;
            let x = Features::borrow(x)?;
            match wanted {
                Kind::Outputs => weights.predict(py, &x, how, Shape::Rows, |out| Wanted::Outputs(out)),
                Kind::Values => weights.predict(py, &x, how, Shape::of, |out| Wanted::Outputs(out)),
                Kind::Both => weights.predict(py, &x, how, |_| Shape::Rows(2), |out| Wanted::Both(out)),
                Kind::Largest => weights.predict(py, &x, how, |_| Shape::Numbers, |out| Wanted::Largest(out)),
                Kind::AboveHalf => weights.predict(py, &x, how, Shape::of, |out| Wanted::AboveHalf(out)),
            }
        })
    })
}

/// What is done with weights and inputs.
#[derive(Clone, Copy)]
struct How {
    activation: Hidden,
    output: Output,
    precision: Precision,
    check_finite: bool,
}

/// What is wanted of the outputs, by the name that a caller gives.
#[derive(Clone, Copy)]
enum Kind {
    Outputs,
    Values,
    Both,
    Largest,
    AboveHalf,
}

impl Kind {
    const ALL: [(&'static str, Self); 5] = [
        ("outputs", Self::Outputs),
        ("values", Self::Values),
        ("both", Self::Both),
        ("largest", Self::Largest),
        ("above_half", Self::AboveHalf),
    ];
}

/// The shape of a result.
#[derive(Clone, Copy)]
enum Shape {
    /// A number a row.
    Numbers,
    /// So many columns.
    Rows(usize),
}

impl Shape {
    /// Of so many columns, of which a single one is no axis.
    fn of(columns: usize) -> Self {
        if columns == 1 { Self::Numbers } else { Self::Rows(columns) }
    }
}

/// Numbers up to which a vector is computed beside NumPy and copied, which takes less time than to borrow its array.
const FEW: usize = 64;

/// The member of a family with this name.
fn member<M: Copy>(parameter: &str, name: &Bound<'_, PyString>, all: &[(&'static str, M)]) -> PyResult<M> {
    let name = name.to_str()?;
    match all.iter().find(|(known, _)| *known == name) {
        Some((_, member)) => Ok(*member),
        None => {
            let known: Vec<_> = all.iter().map(|(known, _)| *known).collect();
            Err(value_error(format!("`{parameter}` must be one of {}, got {name:?}", known.join(", "))))
        }
    }
}

/// The arguments `coefs` and `intercepts`, borrowed.
struct Weights<'py, T: Float> {
    coefs: Vec<PyReadonlyArray2<'py, T>>,
    intercepts: Vec<PyReadonlyArray1<'py, T>>,
}

impl<'py, T: Float> Weights<'py, T> {
    fn borrow(coefs: &Bound<'py, PyAny>, intercepts: &Bound<'py, PyAny>) -> PyResult<Self> {
        let coefs = coefs.try_iter()?.map(|item| arrays::row_major("coefs", &item?)).collect::<PyResult<_>>()?;
        let intercepts =
            intercepts.try_iter()?.map(|item| arrays::vector("intercepts", &item?)).collect::<PyResult<_>>()?;
        Ok(Self { coefs, intercepts })
    }

    /// Runs the network. `shape` is that of the result, for so many outputs; `wanted` says what it is to hold.
    fn predict<E: numpy::Element + Default + Copy>(
        &self,
        py: Python<'py>,
        x: &Features<'py, T>,
        how: How,
        shape: impl FnOnce(usize) -> Shape,
        wanted: impl for<'o> Fn(&'o mut [E]) -> Wanted<'o, T> + Send + Sync,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let coefs = self.coefs.iter().map(arrays::matrix_of).collect::<PyResult<Vec<MatRef<'_, T>>>>()?;
        let intercepts = self.intercepts.iter().map(|bias| Ok(bias.as_slice()?)).collect::<PyResult<Vec<&[T]>>>()?;
        let blocks = x.blocks()?;
        let input = x.input(&blocks)?;
        let rows = input.rows();
        let How { activation, output, precision, check_finite } = how;
        let layers = Layers { coefs: &coefs, intercepts: &intercepts, activation, output, precision };
        let run = |out: &mut [E]| {
            let work = layers.work(rows);
            threads::call(py, work, |team| predict(team, input, layers, wanted(out), check_finite))?.or_py_err()
        };
        match shape(coefs.last().map_or(0, MatRef::cols)) {
            Shape::Numbers if rows <= FEW => {
                let mut few = [E::default(); FEW];
                let finite = run(&mut few[..rows])?;
                Ok(finite.then(|| PyArray1::from_slice(py, &few[..rows]).into_any()))
            }
            Shape::Numbers => fill(empty(py, Ix1(rows))?, run),
            Shape::Rows(columns) => fill(empty(py, Ix2(rows, columns))?, run),
        }
    }
}

/// Has `run` write to a new array, which is returned unless it says no.
fn fill<'py, E: numpy::Element, D: Dimension>(
    result: Bound<'py, PyArray<E, D>>,
    run: impl FnOnce(&mut [E]) -> PyResult<bool>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let finite = run(result.try_readwrite()?.as_slice_mut()?)?;
    Ok(finite.then(|| result.into_any()))
}
