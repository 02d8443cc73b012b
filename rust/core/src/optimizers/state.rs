//! The state of an optimizer between steps: the step counter, the learning rate, numbers and buffers.

use thalweg_kernels::elementwise::{axpy, scale};
use thalweg_kernels::{AlignedVec, Real, Team};

use super::buffers::{Initial, Scalar, Slab};
use super::closure::{Closure, Evaluated, Stopped};
use super::step::{Gradient, Source, Step};
use super::{EvalParams, Groups, Optimizer};
use crate::error::{Result, require};

/// What the caller of a step brings: a gradient, or a closure, which is then evaluated first.
pub struct Inputs<'a, T: Real> {
    /// The gradient, without the penalty.
    pub gradient: Option<Gradient<'a, T>>,
    /// Added to the gradient of penalised tensors: `penalty` times the parameter. 0 with a closure, whose gradient has it.
    pub penalty: f64,
    /// The loss at the parameters.
    pub loss: Option<f64>,
    /// The second gradient of members that need one.
    pub curvature: Option<Gradient<'a, T>>,
    /// The function itself.
    pub closure: Option<&'a mut (dyn Closure<T> + 'a)>,
}

impl<'a, T: Real> Inputs<'a, T> {
    /// A gradient and nothing else.
    #[must_use]
    pub fn gradient(gradient: Gradient<'a, T>) -> Self {
        Self { gradient: Some(gradient), penalty: 0.0, loss: None, curvature: None, closure: None }
    }

    /// A closure and nothing else.
    #[must_use]
    pub fn closure(closure: &'a mut (dyn Closure<T> + 'a)) -> Self {
        Self { gradient: None, penalty: 0.0, loss: None, curvature: None, closure: Some(closure) }
    }
}

/// Counter, rate, numbers and buffers.
#[derive(Debug)]
pub struct State<T: Real> {
    /// Steps taken.
    pub step: u64,
    /// The learning rate in force, before any group's own.
    pub learning_rate: f64,
    buffers: Vec<Slab<T>>,
    /// Numbers of the run.
    shared: Vec<f64>,
    /// Numbers of each group, one group after the other.
    scalars: Vec<f64>,
    evaluated: Evaluated<T>,
    snapshot: Option<Snapshot<T>>,
}

/// What a step with a closure goes back to when the closure fails.
#[derive(Debug)]
struct Snapshot<T: Real> {
    params: AlignedVec<T>,
    numbers: [Vec<f64>; 2],
}

impl<T: Real> State<T> {
    /// The state before the first step from `params`, an arena.
    ///
    /// # Errors
    /// When memory is short.
    pub fn fresh(groups: &Groups, params: &[T]) -> Result<Self> {
        let layout = groups.layout();
        let buffers = groups.base().buffers().iter().map(|buffer| Slab::new(buffer, layout)).collect::<Result<_>>()?;
        let evaluated = Evaluated { gradient: AlignedVec::zeros(0)?, is_current: false };
        let (shared, scalars) = (Vec::new(), Vec::new());
        let mut state = Self { step: 0, learning_rate: 0.0, buffers, shared, scalars, evaluated, snapshot: None };
        state.begin(groups, params, true);
        state.learning_rate = groups.base().lr();
        if groups.base().needs().closure {
            state.allow_closures(groups)?;
        }
        Ok(state)
    }

    /// Forgets the steps. The rate stays.
    pub fn reset(&mut self, groups: &Groups, params: &[T]) {
        self.begin(groups, params, false);
    }

    /// Goes on from other parameters than those it has left: what begins at the parameters begins there again, such as an
    /// average. Moments, numbers and the rate stay, unless steps lead from where the run began: then all begins anew.
    pub fn restart_at(&mut self, groups: &Groups, params: &[T]) {
        if groups.base().buffers().iter().any(|buffer| buffer.is_start) {
            return self.reset(groups, params);
        }
        for group in groups.members() {
            for (slab, buffer) in self.buffers.iter_mut().zip(group.optimizer.buffers()) {
                for segment in group.segments.iter().filter(|_| buffer.initial == Initial::Params) {
                    slab.restart(buffer.initial, segment.tensor, &params[segment.start..segment.end()]);
                }
            }
        }
    }

    fn begin(&mut self, groups: &Groups, params: &[T], is_fresh: bool) {
        let values = |scalars: Vec<Scalar>| scalars.into_iter().map(|scalar| scalar.initial);
        self.step = 0;
        self.shared = values(groups.base().shared()).collect();
        self.scalars = groups.members().iter().flat_map(|group| values(group.optimizer.scalars())).collect();
        for group in groups.members() {
            for (slab, buffer) in self.buffers.iter_mut().zip(group.optimizer.buffers()) {
                for segment in &group.segments {
                    // So the memory of a buffer that is never used is never touched.
                    if is_fresh && buffer.initial == Initial::Value(0.0) {
                        continue;
                    }
                    slab.restart(buffer.initial, segment.tensor, &params[segment.start..segment.end()]);
                }
            }
        }
    }

    /// Makes the space that steps with closures need; a member that needs closures has it from the start.
    ///
    /// # Errors
    /// When memory is short.
    pub fn allow_closures(&mut self, groups: &Groups) -> Result<()> {
        if self.evaluated.gradient.is_empty() {
            self.evaluated.gradient = groups.layout().zeros()?;
        }
        if groups.base().needs().closure && self.snapshot.is_none() {
            self.buffers.iter_mut().try_for_each(Slab::allow_restoring)?;
            let numbers = [self.shared.clone(), self.scalars.clone()];
            self.snapshot = Some(Snapshot { params: groups.layout().zeros()?, numbers });
        }
        Ok(())
    }

    /// The state that [`Self::pack`] and [`Self::numbers`] wrote down.
    ///
    /// # Errors
    /// When it belongs to another optimizer or network, or memory is short.
    pub fn unpack<V: AsRef<[T]>>(
        groups: &Groups,
        params: &[T],
        (step, learning_rate): (u64, f64),
        buffers: &[V],
        numbers: &[f64],
    ) -> Result<Self> {
        let mut state = Self::fresh(groups, params)?;
        let (name, count) = (groups.base().name(), state.kept().count());
        let rule = format_args!("{count} vectors, as {name} keeps");
        require(buffers.len() == count, "state.buffers", rule, buffers.len())?;
        let valid = learning_rate.is_finite() && learning_rate >= 0.0;
        require(valid, "state.learning_rate", ">= 0 and finite", learning_rate)?;
        let count = state.shared.len() + state.scalars.len();
        let rule = format_args!("{count} numbers, as {name} keeps");
        require(numbers.len() == count, "state.scalars", rule, numbers.len())?;
        let (shared, scalars) = numbers.split_at(state.shared.len());
        state.shared.copy_from_slice(shared);
        state.scalars.copy_from_slice(scalars);
        for (slab, packed) in state.buffers.iter_mut().filter(|slab| slab.kept).zip(buffers) {
            slab.layout.unpack(packed.as_ref(), &mut slab.data, "state.buffers")?;
        }
        (state.step, state.learning_rate) = (step, learning_rate);
        Ok(state)
    }

    /// The buffers that are part of the state, packed; the inverse of [`Self::unpack`].
    ///
    /// # Errors
    /// When memory is short.
    pub fn pack(&self) -> Result<Vec<Vec<T>>> {
        self.kept().map(|slab| slab.layout.pack(&slab.data)).collect()
    }

    /// The numbers: those of the run, then those of each group.
    #[must_use]
    pub fn numbers(&self) -> Vec<f64> {
        [&self.shared[..], &self.scalars].concat()
    }

    /// The buffers that are part of the state.
    pub fn kept(&self) -> impl Iterator<Item = &Slab<T>> {
        self.buffers.iter().filter(|slab| slab.kept)
    }

    /// Moves the parameters once; returns the loss before, where anybody told. The space of [`Self::allow_closures`] is there
    /// for closures.
    ///
    /// # Errors
    /// [`Stopped`] when a closure gave no answer; parameters and state are then as before.
    ///
    /// # Panics
    /// If there is neither a gradient nor a closure.
    pub fn take_step(
        &mut self,
        team: &Team,
        groups: &Groups,
        params: &mut [T],
        inputs: Inputs<'_, T>,
    ) -> std::result::Result<Option<f64>, Stopped> {
        let may_stop = inputs.closure.is_some();
        if may_stop {
            self.remember(params);
        }
        self.step += 1;
        let taken = self.attempt(team, groups, params, inputs);
        if taken.is_err() {
            self.step -= 1;
            self.restore(params);
        }
        taken
    }

    fn attempt(
        &mut self,
        team: &Team,
        groups: &Groups,
        params: &mut [T],
        inputs: Inputs<'_, T>,
    ) -> std::result::Result<Option<f64>, Stopped> {
        assert!(inputs.gradient.is_some() || inputs.closure.is_some(), "a gradient or a closure");
        self.evaluated.is_current = false;
        let mut step = Step {
            team,
            number: self.step,
            rate: self.learning_rate,
            loss: inputs.loss,
            scalars: &mut [],
            shared: &mut self.shared,
            layout: groups.layout(),
            segments: groups.segments(),
            penalty: inputs.penalty,
            params,
            gradient: Source { lent: inputs.gradient.unwrap_or(Gradient::Pieces(&[])), is_chosen: false },
            curvature: inputs.curvature,
            buffers: &mut self.buffers,
            evaluated: &mut self.evaluated,
            // Taken apart, so that the borrow may become as short as the others.
            closure: match inputs.closure {
                Some(closure) => Some(closure),
                None => None,
            },
        };
        if step.closure.is_some() {
            step.loss = Some(step.evaluate()?);
        }
        groups.base().begin(&mut step)?;
        let count = self.scalars.len() / groups.count();
        for (i, group) in groups.members().iter().enumerate() {
            let rate = groups.rate(i, step.rate);
            let scalars = &mut self.scalars[i * count..][..count];
            group.optimizer.step(&mut Step { rate, scalars, segments: &group.segments, ..step.reborrow() })?;
        }
        Ok(step.loss)
    }

    /// Whether the parameters at which to evaluate the model are at the moment others than those that the steps move.
    #[must_use]
    pub fn averages(&self, groups: &Groups) -> bool {
        let mut members = groups.members().iter();
        members.any(|group| group.optimizer.eval_params(self.step) != EvalParams::Params)
    }

    /// The parameters at which to evaluate the model, of which an averaging optimizer makes others than those it moves.
    /// `out` is an arena.
    pub fn eval_params(&self, team: &Team, groups: &Groups, params: &[T], out: &mut [T]) {
        out.copy_from_slice(params);
        for group in groups.members() {
            let eval = group.optimizer.eval_params(self.step);
            for segment in &group.segments {
                let out = &mut out[segment.start..segment.end()];
                match eval {
                    EvalParams::Params => {}
                    EvalParams::Buffer(buffer) => out.copy_from_slice(self.buffers[buffer].of(segment.tensor)),
                    EvalParams::Blend { of_params, buffer, of_buffer } => {
                        scale(team, T::of(of_params), out);
                        axpy(team, T::of(of_buffer), self.buffers[buffer].of(segment.tensor), out);
                    }
                }
            }
        }
    }

    fn remember(&mut self, params: &[T]) {
        let Some(snapshot) = &mut self.snapshot else { return };
        snapshot.params.copy_from_slice(params);
        self.buffers.iter_mut().for_each(Slab::remember);
        snapshot.numbers[0].clone_from(&self.shared);
        snapshot.numbers[1].clone_from(&self.scalars);
    }

    fn restore(&mut self, params: &mut [T]) {
        // Only a member that needs closures moves anything before the last evaluation.
        let Some(snapshot) = &self.snapshot else { return };
        params.copy_from_slice(&snapshot.params);
        self.buffers.iter_mut().for_each(Slab::restore);
        self.shared.clone_from(&snapshot.numbers[0]);
        self.scalars.clone_from(&snapshot.numbers[1]);
    }
}
