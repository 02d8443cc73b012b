//! SVRG: Johnson and Zhang 2013. Any optimizer, by gradients of samples whose noise is taken out with the help of the whole
//! data's gradient at a point nearby.
//!
//! ```text
//! every `period` steps: q = p;   mu = gradient at q over all the data
//! base optimizer's step by g(p) - g(q) + mu         (g over the step's sample)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::all_but;
use super::wrapper::Wrapper;
use super::{Buffer, Needs, Of, Optimizer, OptimizerConfig, Scope, Sgd, Step, Taken};
use crate::error::{Result, require};
use crate::hyper::{Value, hyper_parameters};

/// Buffers of its own: q, mu, the parameters while they are elsewhere, the gradient for the base optimizer.
const ANCHOR: usize = 0;
const WHOLE: usize = 1;
const START: usize = 2;
const GRADIENT: usize = 3;

hyper_parameters! {
    /// Hyper-parameters of SVRG.
    pub struct Svrg {
        /// The optimizer that moves the parameters.
        pub base: Box<OptimizerConfig> = Box::new(OptimizerConfig::Sgd(Sgd::default())),
        /// Steps between two gradients over all the data.
        pub period: u64 = 100,
    }
}

impl Wrapper for Svrg {
    const FIELD: &'static str = "base";
    const OWN: usize = 4;

    fn inner(&self) -> &OptimizerConfig {
        &self.base
    }

    fn inner_mut(&mut self) -> &mut OptimizerConfig {
        &mut self.base
    }

    fn check(&self) -> Result<()> {
        let needs = self.base.needs();
        let simple = !(needs.closure || needs.rows || needs.curvature);
        require(simple, "base", "an optimizer that moves by one dense gradient", self.base.name())?;
        require(self.period > 0, "period", ">= 1", self.period)
    }

    fn own_whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), &["base"])
    }

    fn own_buffers(&self) -> Vec<Buffer> {
        let seldom = ["anchor", "anchor_gradient"].map(|name| Buffer::like(name).seldom());
        seldom.into_iter().chain(["start", "gradient"].map(|name| Buffer::like(name).scratch())).collect()
    }

    fn needs_beside(&self, inner: Needs) -> Needs {
        Needs { closure: true, ..inner }
    }

    fn scope_beside(&self, _inner: Scope) -> Scope {
        Scope::Run
    }

    fn step_within<'a, T: Real>(&self, step: &'a mut Step<'_, T>) -> Step<'a, T> {
        step.inner_with(GRADIENT, Self::OWN)
    }

    fn before<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        if (step.number - 1).is_multiple_of(self.period) {
            step.buffer_mut(ANCHOR).before_change();
            step.buffer_mut(WHOLE).before_change();
            step.copy(Of::Params, Of::Buffer(ANCHOR));
            step.evaluate_whole()?;
            step.copy(Of::Gradient, Of::Buffer(WHOLE));
            // The sample's two gradients are the same here.
            step.copy(Of::Gradient, Of::Buffer(GRADIENT));
        } else {
            step.sweep_on([ANCHOR, START, GRADIENT], &Leave);
            step.evaluate()?;
            step.sweep_on([WHOLE, START, GRADIENT], &Return);
        }
        self.base.begin(&mut self.step_within(step))
    }
}

/// Goes to the anchor; keeps the parameters and their gradient.
struct Leave;

impl<T: Real> Rule<T, 3> for Leave {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, _s: S, p: S::V, g: S::V, [anchor, _, _]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        (anchor, [anchor, p, g])
    }
}

/// Comes back, and takes the noise out of the gradient.
struct Return;

impl<T: Real> Rule<T, 3> for Return {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, _p: S::V, g: S::V, [whole, start, before]: [S::V; 3]) -> (S::V, [S::V; 3]) {
        (start, [whole, start, s.add(s.sub(before, g), whole)])
    }
}
