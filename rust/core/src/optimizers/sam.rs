//! SAM: Foret, Kleiner, Mobahi and Neyshabur 2020. Moves by the gradient that the loss has where it is steepest nearby.
//!
//! ```text
//! e = rho g / (|g| + 1e-12)                         (g at p; its norm is taken over all tensors)
//! base optimizer's step at p, by the gradient at p + e
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::all_but;
use super::wrapper::Wrapper;
use super::{Buffer, Needs, Of, Optimizer, OptimizerConfig, Scope, Sgd, Step, Taken};
use crate::error::{Result, require_positive};
use crate::hyper::{Value, hyper_parameters};

hyper_parameters! {
    /// Hyper-parameters of SAM.
    pub struct Sam {
        /// The optimizer that moves the parameters.
        pub base: Box<OptimizerConfig> = Box::new(OptimizerConfig::Sgd(Sgd::default())),
        /// How far away the steepest place is looked for.
        pub rho: f64 = 0.05,
    }
}

impl Wrapper for Sam {
    const FIELD: &'static str = "base";

    fn inner(&self) -> &OptimizerConfig {
        &self.base
    }

    fn inner_mut(&mut self) -> &mut OptimizerConfig {
        &mut self.base
    }

    fn check(&self) -> Result<()> {
        require_positive("rho", self.rho)
    }

    fn own_whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), &["base"])
    }

    fn own_buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("start").scratch()]
    }

    fn needs_beside(&self, inner: Needs) -> Needs {
        Needs { closure: true, ..inner }
    }

    fn scope_beside(&self, _inner: Scope) -> Scope {
        Scope::Run
    }

    fn before<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let norm = step.sum_squares(Of::Gradient).sqrt();
        step.sweep_on([0], &Climb { scale: T::of(self.rho / (norm + 1e-12)) });
        step.evaluate()?;
        step.approach(Of::Params, Of::Buffer(0), 1.0);
        self.base.begin(&mut self.step_within(step))
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
