//! AdaGrad-Norm: Streeter and McMahan 2010; Ward, Wu and Bottou 2018. Adagrad with one rate for all parameters.
//!
//! ```text
//! S <- S + |g|^2                                    (over all tensors)
//! p <- p - lr / sqrt(b0^2 + S) g
//! ```

use thalweg_kernels::Real;

use super::norm_adaptive_gd::{add_norm, descend, shared};
use super::{Optimizer, Scalar, Scope, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of AdaGrad-Norm.
    pub struct AdaGradNorm {
        /// Learning rate.
        pub lr: f64 = 1.0,
        /// Root of where the sum of squares begins.
        pub b0: f64 = 0.1,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl Optimizer for AdaGradNorm {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_not_negative("b0", self.b0)
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
        let total = self.b0 * self.b0 + step.shared[0];
        // Without any gradient yet there is nowhere to go.
        if total != 0.0 {
            descend(step, step.rate / total.sqrt(), self.maximize);
        }
        Ok(())
    }
}
