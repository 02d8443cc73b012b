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

use super::checks::within;
use super::{Buffer, EvalParams, Needs, Of, Optimizer, OptimizerConfig, Scalar, Scope, Sgd, Step, Taken};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

/// Buffers of its own, before those of the base optimizer: q, mu, the parameters while they are elsewhere, the gradient for
/// the base optimizer.
const OWN: usize = 4;
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

impl Optimizer for Svrg {
    fn validate(&self) -> Result<()> {
        within("base", self.base.validate())?;
        let needs = self.base.needs();
        let simple = !(needs.closure || needs.rows || needs.curvature);
        require(simple, "base", "an optimizer that moves by one dense gradient", self.base.name())?;
        require(self.period > 0, "period", ">= 1", self.period)
    }

    fn lr(&self) -> f64 {
        self.base.lr()
    }

    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::like("anchor").seldom(), Buffer::like("anchor_gradient").seldom()];
        buffers.extend(["start", "gradient"].map(|name| Buffer::like(name).scratch()));
        buffers.extend(self.base.buffers());
        buffers
    }

    fn scalars(&self) -> Vec<Scalar> {
        self.base.scalars()
    }

    fn shared(&self) -> Vec<Scalar> {
        self.base.shared()
    }

    fn needs(&self) -> Needs {
        Needs { closure: true, ..self.base.needs() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn eval_params(&self, number: u64) -> EvalParams {
        self.base.eval_params(number).behind(OWN)
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
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
        self.base.begin(&mut step.inner_with(GRADIENT, OWN))
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.base.step(&mut step.inner_with(GRADIENT, OWN))
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
