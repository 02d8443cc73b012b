//! `OptimizerRun`: an optimizer at work on NumPy arrays. The parameters lie in one arena that Python owns and lends for each
//! step; the state is here.

mod closure;
mod gradients;
pub mod listing;
mod pace;
mod state;

use numpy::Ix1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use thalweg_core::error::require;
use thalweg_core::optimizers::{Gradient, GroupConfig, Groups, Inputs, Optimizer, OptimizerConfig, State};
use thalweg_core::params::Layout;
use thalweg_kernels::AlignedVec;
use thalweg_kernels::reduce::first_not_finite;

use crate::arrays::{self, Dtype, Float};
use crate::errors::{OrPyErr, guarded, value_error};
use crate::{config, threads};

use gradients::{Dense, Rows};
use pace::Pace;

/// Multiply-adds that an element of a step takes as long as: a step waits for memory.
const WORK_PER_ELEMENT: usize = 32;

/// What is done about a gradient that is infinite or NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nonfinite {
    Raise,
    Skip,
    Allow,
}

impl Nonfinite {
    fn parse(name: &str) -> PyResult<Self> {
        match name {
            "raise" => Ok(Self::Raise),
            "skip" => Ok(Self::Skip),
            "allow" => Ok(Self::Allow),
            _ => {
                let rule = "one of 'raise', 'skip', 'allow'";
                Err(value_error(format!("`nonfinite` must be {rule}, got {name:?}")))
            }
        }
    }
}

/// An optimizer at work on arrays of one element type.
#[pyclass(module = "thalweg._core")]
pub struct OptimizerRun {
    typed: Typed,
    nonfinite: Nonfinite,
    /// Steps not taken because of the gradient.
    skipped: u64,
}

enum Typed {
    F32(Inner<f32>),
    F64(Inner<f64>),
}

struct Inner<T: Float> {
    groups: Groups,
    state: State<T>,
    /// The parameters during a step with a closure, which sees the arena meanwhile.
    work: AlignedVec<T>,
}

/// Calls a function generic over the element type with what is inside.
macro_rules! by_type {
    ($typed:expr, $inner:ident => $body:expr) => {
        match $typed {
            Typed::F32($inner) => $body,
            Typed::F64($inner) => $body,
        }
    };
}

/// Where a step went.
enum Taken {
    Loss(Option<f64>),
    /// What is not finite.
    Nonfinite(String),
}

#[pymethods]
impl OptimizerRun {
    /// Check the optimizer and its groups, and make their state for the parameters in `arena`.
    ///
    /// `places` are the names of the tensors as an error puts them behind `grads` and `params`; `groups` are tuples of a
    /// configuration, numbers of tensors and whether the group has its own rate; `pace` is as [`Self::set_pace`] takes it.
    #[new]
    #[pyo3(signature = (config, groups, places, shapes, arena, nonfinite, pace=None))]
    #[allow(clippy::too_many_arguments, reason = "everything that a run is, checked before it is one")]
    fn new(
        config: &Bound<'_, PyAny>,
        groups: Vec<(Bound<'_, PyAny>, Vec<usize>, bool)>,
        places: Vec<String>,
        shapes: Vec<Vec<usize>>,
        arena: &Bound<'_, PyAny>,
        nonfinite: &str,
        pace: Option<Pace>,
    ) -> PyResult<Self> {
        guarded(|| {
            let nonfinite = Nonfinite::parse(nonfinite)?;
            let (base, groups) = read_groups(config, &groups)?;
            let layout = Layout::of_shapes(places.into_iter().zip(shapes)).or_py_err()?;
            let mut groups = Groups::new(base, layout, groups).or_py_err()?;
            if let Some(pace) = &pace {
                pace.set(&mut groups)?;
            }
            let typed = match arrays::dtype_of("arena", arena)? {
                Dtype::F32 => Typed::F32(Inner::new(groups, arena)?),
                Dtype::F64 => Typed::F64(Inner::new(groups, arena)?),
            };
            Ok(Self { typed, nonfinite, skipped: 0 })
        })
    }

    /// Move the parameters by a gradient; returns whether the step was taken.
    #[pyo3(signature = (arena, grads, loss, lr, curvature))]
    fn step(
        &mut self,
        arena: &Bound<'_, PyAny>,
        grads: Vec<Bound<'_, PyAny>>,
        loss: Option<f64>,
        lr: Option<f64>,
        curvature: Option<Vec<Bound<'_, PyAny>>>,
    ) -> PyResult<bool> {
        guarded(|| {
            let Self { typed, nonfinite, .. } = self;
            let call = Call { arena, loss, lr, nonfinite: *nonfinite };
            let taken = by_type!(typed, inner => inner.step(&call, &grads, curvature.as_deref())?);
            self.conclude(taken).map(|(taken, _)| taken)
        })
    }

    /// Move the parameters by a function; returns whether the step was taken, and the loss before.
    ///
    /// `closure` returns loss and gradients at what is in the arena; `whole` does so over all the data.
    #[pyo3(signature = (arena, closure, whole, lr))]
    fn step_closure(
        &mut self,
        arena: &Bound<'_, PyAny>,
        closure: &Bound<'_, PyAny>,
        whole: Option<&Bound<'_, PyAny>>,
        lr: Option<f64>,
    ) -> PyResult<(bool, Option<f64>)> {
        guarded(|| {
            let Self { typed, nonfinite, .. } = self;
            let call = Call { arena, loss: None, lr, nonfinite: *nonfinite };
            let taken = by_type!(typed, inner => inner.step_closure(&call, closure, whole)?);
            self.conclude(taken)
        })
    }

    /// Write the parameters to evaluate the model with into `out`, an arena as well.
    fn eval_params(&self, arena: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
        guarded(|| by_type!(&self.typed, inner => inner.eval_params(arena, out)))
    }

    /// Take other hyper-parameters, under which the state is the same.
    fn configure(
        &mut self,
        config: &Bound<'_, PyAny>,
        groups: Vec<(Bound<'_, PyAny>, Vec<usize>, bool)>,
    ) -> PyResult<()> {
        guarded(|| {
            let (base, groups) = read_groups(config, &groups)?;
            by_type!(&mut self.typed, inner => {
                let moved = base.lr() != inner.groups.base().lr();
                inner.groups = inner.groups.changed(base, groups).or_py_err()?;
                if moved {
                    inner.state.learning_rate = inner.groups.base().lr();
                }
            });
            Ok(())
        })
    }

    /// Take the rates of the next step: the optimizer's own, and that of each group; and the momenta of the groups.
    ///
    /// The tensors that no group names come first, where there are some.
    fn set_pace(&mut self, pace: Pace) -> PyResult<()> {
        guarded(|| {
            by_type!(&mut self.typed, inner => {
                pace.set(&mut inner.groups)?;
                inner.state.learning_rate = pace.rate();
            });
            Ok(())
        })
    }

    /// Return counters, numbers and buffers by name; arrays are copies.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        guarded(|| {
            let dict = by_type!(&self.typed, inner => state::write(py, &inner.groups, &inner.state)?);
            dict.set_item("skipped", self.skipped)?;
            Ok(dict)
        })
    }

    /// Take a state: `buffers` in the order of :meth:`state`, then all numbers.
    #[pyo3(signature = (arena, step, lr, skipped, buffers, numbers))]
    #[allow(clippy::too_many_arguments, reason = "a state at once, so that it is taken whole or not at all")]
    fn load(
        &mut self,
        arena: &Bound<'_, PyAny>,
        step: u64,
        lr: f64,
        skipped: u64,
        buffers: Vec<Vec<Bound<'_, PyAny>>>,
        numbers: Vec<f64>,
    ) -> PyResult<()> {
        guarded(|| {
            by_type!(&mut self.typed, inner => {
                inner.state = state::read(&inner.groups, &inner.state, arena, (step, lr), &buffers, &numbers)?;
            });
            self.skipped = skipped;
            Ok(())
        })
    }

    /// Steps taken.
    #[getter]
    fn t(&self) -> u64 {
        by_type!(&self.typed, inner => inner.state.step)
    }

    /// Steps not taken because of the gradient.
    #[getter]
    fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Whether the next step asks for a second gradient.
    #[getter]
    fn wants_curvature(&self) -> bool {
        by_type!(&self.typed, inner => inner.groups.base().curvature_seed(inner.state.step + 1).is_some())
    }

    /// The learning rate in force.
    #[getter]
    fn lr(&self) -> f64 {
        by_type!(&self.typed, inner => inner.state.learning_rate)
    }

    #[setter]
    fn set_lr(&mut self, lr: f64) -> PyResult<()> {
        check_rate(lr)?;
        by_type!(&mut self.typed, inner => inner.state.learning_rate = lr);
        Ok(())
    }
}

impl OptimizerRun {
    fn conclude(&mut self, taken: Taken) -> PyResult<(bool, Option<f64>)> {
        match taken {
            Taken::Loss(loss) => Ok((true, loss)),
            Taken::Nonfinite(_) if self.nonfinite == Nonfinite::Skip => {
                self.skipped += 1;
                Ok((false, None))
            }
            Taken::Nonfinite(name) => Err(value_error(format!(
                "`{name}` must be finite, got infinity or NaN (nonfinite='skip' passes over such steps)"
            ))),
        }
    }
}

/// What every kind of step is given.
struct Call<'a, 'py> {
    arena: &'a Bound<'py, PyAny>,
    loss: Option<f64>,
    /// The learning rate of this step alone.
    lr: Option<f64>,
    nonfinite: Nonfinite,
}

impl<T: Float> Inner<T> {
    fn new(groups: Groups, arena: &Bound<'_, PyAny>) -> PyResult<Self> {
        let params = arrays::vector::<T>("arena", arena)?;
        check_len(groups.layout(), params.as_slice()?.len())?;
        let state = State::fresh(&groups, params.as_slice()?).or_py_err()?;
        Ok(Self { groups, state, work: AlignedVec::zeros(0).map_err(thalweg_core::Error::from).or_py_err()? })
    }

    fn step(
        &mut self,
        call: &Call<'_, '_>,
        grads: &[Bound<'_, PyAny>],
        curvature: Option<&[Bound<'_, PyAny>]>,
    ) -> PyResult<Taken> {
        let needs = self.groups.base().needs();
        let name = self.groups.base().name();
        let closure = "given to `step` for this optimizer, in the place of gradients";
        require(!needs.closure, "closure", closure, name).or_py_err()?;
        require(!needs.loss || call.loss.is_some(), "loss", format_args!("given to `step` for {name}"), call.loss)
            .or_py_err()?;
        require(needs.curvature || curvature.is_none(), "curvature", format_args!("None for {name}"), "gradients")
            .or_py_err()?;
        let mut arena = arrays::readwrite::<T, Ix1>("arena", call.arena)?;
        let params = arena.as_slice_mut().map_err(|_| arrays::not_contiguous("arena"))?;
        check_len(self.groups.layout(), params.len())?;
        let curvature = curvature.map(|c| Dense::new(self.groups.layout(), "curvature", c)).transpose()?;
        let curvature = curvature.as_ref().map(Dense::pieces).transpose()?;
        let py = call.arena.py();
        if needs.rows {
            let rows = Rows::new(self.groups.layout(), grads)?;
            let rows = rows.rows()?;
            let values: Vec<_> = rows.iter().map(|rows| rows.values).collect();
            return self.advance(py, params, call, (Gradient::Rows(&rows), None), &[("grads", &values)]);
        }
        let dense = Dense::new(self.groups.layout(), "grads", grads)?;
        let pieces = dense.pieces()?;
        let both = [("grads", &pieces[..]), ("curvature", curvature.as_deref().unwrap_or_default())];
        self.advance(py, params, call, (Gradient::Pieces(&pieces), curvature.as_deref()), &both)
    }

    /// Takes a step of which everything has been checked but whether the numbers are finite: those of `arguments`, by
    /// name.
    fn advance(
        &mut self,
        py: Python<'_>,
        params: &mut [T],
        call: &Call<'_, '_>,
        (gradient, curvature): (Gradient<'_, T>, Option<&[&[T]]>),
        arguments: &[(&str, &[&[T]])],
    ) -> PyResult<Taken> {
        let Self { groups, state, .. } = self;
        let (loss, checks) = (call.loss, call.nonfinite != Nonfinite::Allow);
        if checks && loss.is_some_and(|loss| !loss.is_finite()) {
            return Ok(Taken::Nonfinite("loss".to_owned()));
        }
        let work = groups.layout().packed_len().saturating_mul(WORK_PER_ELEMENT);
        let rate = state.learning_rate;
        if let Some(lr) = call.lr {
            check_rate(lr)?;
            state.learning_rate = lr;
        }
        let tensors = groups.layout().tensors();
        let taken = threads::region(py, work, |team| {
            if checks {
                for (argument, slices) in arguments {
                    if let Some(i) = first_not_finite(team, slices) {
                        return Taken::Nonfinite(format!("{argument}{}", tensors[i].name));
                    }
                }
            }
            let curvature = curvature.map(Gradient::Pieces);
            let inputs = Inputs { loss, curvature, ..Inputs::gradient(gradient) };
            let taken = state.take_step(team, groups, params, inputs);
            Taken::Loss(taken.expect("only a closure stops a step"))
        });
        state.learning_rate = rate;
        taken
    }

    fn eval_params(&self, arena: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> PyResult<()> {
        let params = arrays::vector::<T>("arena", arena)?;
        let mut out = arrays::readwrite::<T, Ix1>("out", out)?;
        let (params, out) = (params.as_slice()?, out.as_slice_mut().map_err(|_| arrays::not_contiguous("out"))?);
        check_len(self.groups.layout(), params.len())?;
        check_len(self.groups.layout(), out.len())?;
        threads::region(arena.py(), params.len(), |team| self.state.eval_params(team, &self.groups, params, out))
    }
}

fn check_len(layout: &Layout, len: usize) -> PyResult<()> {
    require(len == layout.len(), "arena", format_args!("of length {}", layout.len()), len).or_py_err()
}

fn check_rate(lr: f64) -> PyResult<()> {
    require(lr >= 0.0 && lr.is_finite(), "lr", ">= 0 and finite", lr).or_py_err()
}

fn read_groups(
    base: &Bound<'_, PyAny>,
    groups: &[(Bound<'_, PyAny>, Vec<usize>, bool)],
) -> PyResult<(OptimizerConfig, Vec<GroupConfig>)> {
    let read = |(i, (group, tensors, has_own_rate)): (usize, &(Bound<'_, PyAny>, Vec<usize>, bool))| {
        let optimizer = config::parse(&format!("groups[{i}]"), group)?;
        Ok(GroupConfig { optimizer, tensors: tensors.clone(), has_own_rate: *has_own_rate })
    };
    let groups = groups.iter().enumerate().map(read).collect::<PyResult<_>>()?;
    Ok((config::parse("optimizer", base)?, groups))
}
