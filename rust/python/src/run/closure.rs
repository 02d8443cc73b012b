//! Steps with a closure: a Python function of the parameters, which it finds in the arena.
//!
//! The function must see the parameters while the optimizer moves them, so the optimizer works on a copy: what Python reads
//! and what Rust writes are never the same memory.

use numpy::Ix1;
use pyo3::prelude::*;

use thalweg_core::optimizers::{Closure, Inputs, Optimizer, Stopped};
use thalweg_core::params::Layout;
use thalweg_kernels::{AlignedVec, Isa, Team};

use super::gradients::Dense;
use super::{Call, Inner, Nonfinite, Taken, WORK_PER_ELEMENT, check_len, check_rate};
use crate::arrays::{self, Float};
use crate::errors::{OrPyErr, type_error, value_error};
use crate::threads;

/// The function, and what went wrong with it.
struct PythonClosure<'a> {
    layout: &'a Layout,
    arena: &'a Py<PyAny>,
    sample: &'a Py<PyAny>,
    whole: Option<&'a Py<PyAny>>,
    /// Whether the first loss and gradient must be finite. Of later ones the optimizer makes what it can: a line search
    /// that looks too far finds infinity.
    checks: bool,
    fault: Option<Fault>,
}

enum Fault {
    Raised(PyErr),
    Nonfinite(String),
}

impl PythonClosure<'_> {
    fn call<T: Float>(&mut self, function: &Py<PyAny>, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        let checks = std::mem::take(&mut self.checks);
        let answer = Python::attach(|py| {
            write(self.arena.bind(py), params)?;
            let answer = function.bind(py).call0()?;
            let wrong = || type_error("`closure` must return a loss and gradients");
            let (loss, grads): (Bound<'_, PyAny>, Vec<Bound<'_, PyAny>>) = answer.extract().map_err(|_| wrong())?;
            let loss: f64 = loss.extract().map_err(|_| type_error("`closure` must return a loss that is a number"))?;
            let dense = Dense::<T>::new(self.layout, "grads", &grads)?;
            for (piece, tensor) in dense.pieces()?.into_iter().zip(self.layout.tensors()) {
                gradient[tensor.range()].copy_from_slice(piece);
            }
            Ok(loss)
        });
        let loss = answer.map_err(|raised| self.fail(Fault::Raised(raised)))?;
        if checks && !loss.is_finite() {
            return Err(self.fail(Fault::Nonfinite("loss".to_owned())));
        }
        let team = Team::serial(Isa::from_environment().unwrap_or(Isa::Scalar));
        let finite = |range: std::ops::Range<usize>| thalweg_kernels::reduce::all_finite(&team, &gradient[range]);
        let wrong = self.layout.tensors().iter().find(|tensor| checks && !finite(tensor.range()));
        match wrong {
            None => Ok(loss),
            Some(tensor) => {
                let name = format!("grads{}", tensor.name);
                Err(self.fail(Fault::Nonfinite(name)))
            }
        }
    }

    fn fail(&mut self, fault: Fault) -> Stopped {
        self.fault = Some(fault);
        Stopped
    }
}

impl<T: Float> Closure<T> for PythonClosure<'_> {
    fn evaluate(&mut self, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        self.call(self.sample, params, gradient)
    }

    fn evaluate_whole(&mut self, params: &[T], gradient: &mut [T]) -> Result<f64, Stopped> {
        self.call(self.whole.unwrap_or(self.sample), params, gradient)
    }
}

impl<T: Float> Inner<T> {
    pub(super) fn step_closure(
        &mut self,
        call: &Call<'_, '_>,
        closure: &Bound<'_, PyAny>,
        whole: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Taken> {
        let py = call.arena.py();
        if self.groups.base().needs().rows {
            let name = self.groups.base().name();
            return Err(value_error(format!("`closure` must be None for {name}, whose gradients are rows")));
        }
        self.state.allow_closures(&self.groups).or_py_err()?;
        let Self { groups, state, work } = self;
        read(groups.layout(), call.arena, work)?;
        if let Some(lr) = call.lr {
            check_rate(lr)?;
        }
        let rate = state.learning_rate;
        state.learning_rate = call.lr.unwrap_or(rate);
        let (arena, sample) = (call.arena.clone().unbind(), closure.clone().unbind());
        let whole = whole.map(|whole| whole.clone().unbind());
        let mut function = PythonClosure {
            layout: groups.layout(),
            arena: &arena,
            sample: &sample,
            whole: whole.as_ref(),
            checks: call.nonfinite != Nonfinite::Allow,
            fault: None,
        };
        let elements = groups.layout().packed_len().saturating_mul(WORK_PER_ELEMENT);
        let taken =
            threads::region(py, elements, |team| state.take_step(team, groups, work, Inputs::closure(&mut function)));
        state.learning_rate = rate;
        // Where the step failed, this puts the arena back.
        write(call.arena, work)?;
        match (taken?, function.fault) {
            (Ok(loss), _) => Ok(Taken::Loss(loss)),
            (Err(Stopped), Some(Fault::Raised(raised))) => Err(raised),
            (Err(Stopped), Some(Fault::Nonfinite(name))) => Ok(Taken::Nonfinite(name)),
            (Err(Stopped), None) => Err(value_error("the step was stopped")),
        }
    }
}

fn write<T: Float>(arena: &Bound<'_, PyAny>, params: &[T]) -> PyResult<()> {
    let mut arena = arrays::readwrite::<T, Ix1>("arena", arena)?;
    arena.as_slice_mut().map_err(|_| arrays::not_contiguous("arena"))?.copy_from_slice(params);
    Ok(())
}

fn read<T: Float>(layout: &Layout, arena: &Bound<'_, PyAny>, work: &mut AlignedVec<T>) -> PyResult<()> {
    let arena = arrays::vector::<T>("arena", arena)?;
    let params = arena.as_slice()?;
    check_len(layout, params.len())?;
    if work.len() != params.len() {
        *work = layout.zeros().or_py_err()?;
    }
    work.copy_from_slice(params);
    Ok(())
}
