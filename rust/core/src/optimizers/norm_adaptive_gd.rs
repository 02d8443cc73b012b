//! Gradient descent whose rate falls with the sum of the squared norms of all gradients so far.
//!
//! ```text
//! S <- S + |g|^2                                    (over all tensors)
//! p <- p - lr (1 + beta S)^-power g
//! ```
//!
//! With power 1/2 it is [`super::AdaGradNorm`] with `b0 = 1 / sqrt(beta)` and a rate of `lr b0`.

use thalweg_kernels::Real;

use super::{Of, Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::real_power;

hyper_parameters! {
    /// Hyper-parameters of norm-adaptive gradient descent.
    pub struct NormAdaptiveGD {
        /// Learning rate, before any gradient.
        pub lr: f64 = 1e-2,
        /// How fast the rate falls.
        pub beta: f64 = 1e-3,
        /// Power of the sum by which the rate falls in the long run.
        pub power: f64 = 1.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

/// The one number kept: the sum of squared norms.
pub(super) fn shared() -> Vec<Scalar> {
    vec![Scalar::new("sum_squares", 0.0)]
}

/// Adds this step's squared norm to the sum.
pub(super) fn add_norm<T: Real>(step: &mut Step<'_, T>) {
    step.shared[0] += step.sum_squares(Of::Gradient);
}

/// A step of plain descent, or ascent.
pub(super) fn descend<T: Real>(step: &mut Step<'_, T>, rate: f64, maximize: bool) {
    step.axpy(if maximize { rate } else { -rate }, Of::Gradient, Of::Params);
}

impl Optimizer for NormAdaptiveGD {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("beta", self.beta)?;
        require_not_negative("power", self.power)
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn shared(&self) -> Vec<Scalar> {
        shared()
    }

    fn scope(&self) -> Scope {
        Scope::Run
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        add_norm(step);
        Ok(())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let grown = 1.0 + self.beta * step.shared[0];
        let divisor = if self.power == 1.0 { grown } else { real_power(grown, self.power) };
        descend(step, step.rate / divisor, self.maximize);
        Ok(())
    }
}
