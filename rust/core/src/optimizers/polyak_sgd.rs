//! Polyak's step size: Polyak 1987; for stochastic gradients with a bound, SPS, Loizou, Vaswani, Laradji and
//! Lacoste-Julien 2020. Gradient descent as far as the loss would have to fall if it were linear.
//!
//! ```text
//! rate = min(lr, (loss - f_min) / (c |g|^2 + eps))  (the norm is taken over all tensors)
//! p <- p - rate g                                   (sps+: the gap loss - f_min is not taken below 0)
//! ```

use thalweg_kernels::Real;

use super::checks::all_but;
use super::rules::{Descent, Incoming};
use super::{Needs, Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::{Value, choice, hyper_parameters};

choice! {
    /// What is done about a loss below `f_min`.
    pub enum PolyakVariant {
        /// The step goes uphill.
        Sps = "sps",
        /// No step is taken.
        SpsPlus = "sps+",
    }
}

hyper_parameters! {
    /// Hyper-parameters of PolyakSGD; rule and defaults as in optax.
    pub struct PolyakSgd {
        /// Largest rate.
        pub lr: f64 = 1.0,
        /// The least value that the loss can have.
        pub f_min: f64 = 0.0,
        /// Added to the squared norm of the gradient.
        pub eps: f64 = 0.0,
        /// What is done about a loss below `f_min`.
        pub variant: PolyakVariant = PolyakVariant::Sps,
        /// Factor of the squared norm.
        pub c: f64 = 1.0,
    }
}

impl Optimizer for PolyakSgd {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require(self.f_min.is_finite(), "f_min", "finite", self.f_min)?;
        require_not_negative("eps", self.eps)?;
        require_positive("c", self.c)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn shared(&self) -> Vec<Scalar> {
        vec![Scalar::new("polyak_rate", 0.0)]
    }

    fn needs(&self) -> Needs {
        Needs { loss: true, ..Needs::default() }
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn whole_run(&self) -> Vec<(String, Value)> {
        all_but(self.fields(), &["lr"])
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let gap = step.loss.expect("a loss") - self.f_min;
        let gap = if self.variant == PolyakVariant::SpsPlus { gap.max(0.0) } else { gap };
        let squares = self.c * step.sum_squares(Of::Gradient) + self.eps;
        // At a stationary point there is nowhere to go.
        step.shared[0] = if squares <= f64::EPSILON { 0.0 } else { gap / squares };
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let rate = T::of(step.shared[0].min(step.rate));
        step.sweep(&Descent { gradient: Incoming::new(false, 0.0), rate });
        Ok(())
    }
}
