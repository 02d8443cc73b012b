//! SAM: Foret, Kleiner, Mobahi and Neyshabur 2020. Moves by the gradient that the loss has where it is steepest nearby.
//!
//! ```text
//! e = rho g / (|g| + 1e-12)                         (g at p; its norm is taken over all tensors)
//! base optimizer's step at p, by the gradient at p + e
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::{require_positive, within};
use super::{Buffer, EvalParams, Needs, Of, Optimizer, OptimizerConfig, Scalar, Scope, Sgd, Step, Taken};
use crate::error::Result;
use crate::hyper::hyper_parameters;

/// Buffers of its own, before those of the base optimizer.
const OWN: usize = 1;

hyper_parameters! {
    /// Hyper-parameters of SAM.
    pub struct Sam {
        /// The optimizer that moves the parameters.
        pub base: Box<OptimizerConfig> = Box::new(OptimizerConfig::Sgd(Sgd::default())),
        /// How far away the steepest place is looked for.
        pub rho: f64 = 0.05,
    }
}

impl Optimizer for Sam {
    fn validate(&self) -> Result<()> {
        within("base", self.base.validate())?;
        require_positive("rho", self.rho)
    }

    fn lr(&self) -> f64 {
        self.base.lr()
    }

    fn buffers(&self) -> Vec<Buffer> {
        let mut buffers = vec![Buffer::like("start").scratch()];
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

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        self.base.momentum_mut()
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let norm = step.sum_squares(Of::Gradient).sqrt();
        step.sweep_on([0], &Climb { scale: T::of(self.rho / (norm + 1e-12)) });
        step.evaluate()?;
        step.copy(Of::Buffer(0), Of::Params);
        self.base.begin(&mut step.inner(OWN, 0, 0))
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.base.step(&mut step.inner(OWN, 0, 0))
    }
}

/// Keeps the parameters and moves them along the gradient.
struct Climb<T> {
    scale: T,
}

impl<T: Real> Rule<T, 1> for Climb<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _kept: [S::V; 1]) -> (S::V, [S::V; 1]) {
        (s.mul_add(s.splat(self.scale), g, p), [p])
    }
}
