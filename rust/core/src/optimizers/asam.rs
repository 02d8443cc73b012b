//! ASAM: Kwon, Kim, Park and Choi 2021. SAM that looks for the steepest place within a distance measured in the parameters'
//! own sizes, so that rescaling them changes nothing.
//!
//! ```text
//! t = |p| + eta                                     (elementwise)
//! e = rho t^2 g / (|t g| + 1e-12)                   (g at p; the norm is taken over all tensors)
//! base optimizer's step at p, by the gradient at p + e
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::{Measure, Rule};

use super::checks::all_but;
use super::wrapper::Wrapper;
use super::{Buffer, Needs, Of, Optimizer, OptimizerConfig, Scope, Sgd, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::{Value, hyper_parameters};

hyper_parameters! {
    /// Hyper-parameters of ASAM.
    pub struct Asam {
        /// The optimizer that moves the parameters.
        pub base: Box<OptimizerConfig> = Box::new(OptimizerConfig::Sgd(Sgd::default())),
        /// How far away the steepest place is looked for, in sizes of the parameters.
        pub rho: f64 = 0.5,
        /// Added to the sizes, so that parameters near zero are moved as well.
        pub eta: f64 = 0.0,
    }
}

impl Wrapper for Asam {
    const FIELD: &'static str = "base";

    fn inner(&self) -> &OptimizerConfig {
        &self.base
    }

    fn inner_mut(&mut self) -> &mut OptimizerConfig {
        &mut self.base
    }

    fn check(&self) -> Result<()> {
        require_positive("rho", self.rho)?;
        require_not_negative("eta", self.eta)
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
        let eta = T::of(self.eta);
        let [squares] = step.measure_on([], &Sized { eta });
        step.sweep_on([0], &Climb { eta, scale: T::of(self.rho / (squares.sqrt() + 1e-12)) });
        step.evaluate()?;
        step.approach(Of::Params, Of::Buffer(0), 1.0);
        self.base.begin(&mut self.step_within(step))
    }
}

/// The squares of the gradient in sizes of the parameters.
struct Sized<T> {
    eta: T,
}

impl<T: Real> Measure<T, 0, 1> for Sized<T> {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _state: [S::V; 0]) -> [S::V; 1] {
        let sized = s.mul(s.add(s.abs(p), s.splat(self.eta)), g);
        [s.mul(sized, sized)]
    }
}

/// Keeps the parameters and moves them along the gradient, each by its size.
struct Climb<T> {
    eta: T,
    scale: T,
}

impl<T: Real> Rule<T, 1> for Climb<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, _kept: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let size = s.add(s.abs(p), s.splat(self.eta));
        let along = s.mul(s.mul(size, size), s.mul(s.splat(self.scale), g));
        (s.add(p, along), [p])
    }
}
