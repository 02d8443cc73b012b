//! Optimizers around another one: what they pass on to it, written once.
//!
//! Buffers and numbers of the wrapper come first, those of the optimizer within after them.

use std::borrow::Cow;

use thalweg_kernels::Real;

use super::checks::within;
use super::{Buffer, EvalParams, Needs, Optimizer, OptimizerConfig, Scalar, Scope, Step, Taken};
use crate::error::Result;
use crate::hyper::Value;

/// An optimizer around another one.
pub trait Wrapper {
    /// The hyper-parameter that holds the optimizer within.
    const FIELD: &'static str;

    /// Number of buffers of the wrapper's own.
    const OWN: usize = 1;

    /// The optimizer within.
    fn inner(&self) -> &OptimizerConfig;

    /// As [`Self::inner`], to change.
    fn inner_mut(&mut self) -> &mut OptimizerConfig;

    /// Checks the wrapper's own hyper-parameters.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    fn check(&self) -> Result<()>;

    /// The wrapper's own hyper-parameters that no group can have for itself.
    fn own_whole_run(&self) -> Vec<(String, Value)> {
        Vec::new()
    }

    /// The wrapper's own buffers.
    fn own_buffers(&self) -> Vec<Buffer>;

    /// The wrapper's own numbers of each group.
    fn own_scalars(&self) -> Vec<Scalar> {
        Vec::new()
    }

    /// What it needs, when the optimizer within needs `inner`.
    fn needs_beside(&self, inner: Needs) -> Needs {
        inner
    }

    /// What an element's step depends on, when that of the optimizer within depends on `inner`.
    fn scope_beside(&self, inner: Scope) -> Scope {
        inner
    }

    /// Where the averaged parameters are; [`EvalParams`] of the optimizer within count its own buffers.
    fn averaged(&self, number: u64) -> EvalParams {
        self.inner().eval_params(number).behind(Self::OWN)
    }

    /// The number that step `number` has for the optimizer within.
    fn number_within(&self, number: u64) -> u64 {
        number
    }

    /// As [`Optimizer::begin`].
    ///
    /// # Errors
    /// [`super::Stopped`] when a closure gave no answer.
    fn before<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.inner().begin(&mut self.step_within(step))
    }

    /// As [`Optimizer::step`].
    ///
    /// # Errors
    /// [`super::Stopped`] when a closure gave no answer.
    fn around<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.inner().step(&mut self.step_within(step))
    }

    /// The step as the optimizer within sees it.
    fn step_within<'a, T: Real>(&self, step: &'a mut Step<'_, T>) -> Step<'a, T> {
        let number = self.number_within(step.number);
        Step { number, ..step.inner(Self::OWN, self.own_scalars().len(), 0) }
    }
}

impl<W: Wrapper> Optimizer for W {
    fn validate(&self) -> Result<()> {
        within(Self::FIELD, self.inner().validate())?;
        self.check()
    }

    fn lr(&self) -> f64 {
        self.inner().lr()
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        self.inner_mut().momentum_mut()
    }

    fn buffers(&self) -> Vec<Buffer> {
        let (inner, mut own) = (self.inner().buffers(), self.own_buffers());
        for buffer in &mut own {
            buffer.name = unlike(buffer.name.clone(), inner.iter().map(|buffer| &buffer.name));
        }
        [own, inner].concat()
    }

    fn scalars(&self) -> Vec<Scalar> {
        let (inner, mut own) = (self.inner().scalars(), self.own_scalars());
        for scalar in &mut own {
            scalar.name = unlike(scalar.name.clone(), inner.iter().map(|scalar| &scalar.name));
        }
        [own, inner].concat()
    }

    fn shared(&self) -> Vec<Scalar> {
        self.inner().shared()
    }

    fn needs(&self) -> Needs {
        self.needs_beside(self.inner().needs())
    }

    fn scope(&self) -> Scope {
        self.scope_beside(self.inner().scope())
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        let inner = self.inner().whole_run().into_iter();
        let inner = inner.map(|(path, value)| (format!("{}.{path}", Self::FIELD), value));
        self.own_whole_run().into_iter().chain(inner).collect()
    }

    fn eval_params(&self, number: u64) -> EvalParams {
        self.averaged(number)
    }

    fn averages(&self) -> bool {
        self.averaged(u64::MAX) != EvalParams::Params || self.inner().averages()
    }

    fn curvature_seed(&self, number: u64) -> Option<u64> {
        self.inner().curvature_seed(self.number_within(number))
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.before(step)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.around(step)
    }
}

/// A name that is not taken: in a state dict two averages around each other must be told apart.
fn unlike<'a>(
    name: Cow<'static, str>,
    taken: impl Iterator<Item = &'a Cow<'static, str>> + Clone,
) -> Cow<'static, str> {
    if taken.clone().any(|other| *other == name) { unlike(format!("outer_{name}").into(), taken) } else { name }
}
