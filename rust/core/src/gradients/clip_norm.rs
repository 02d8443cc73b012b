//! Clipping by norm: of the whole gradient, or tensor by tensor.

use thalweg_kernels::Real;

use super::pass::{Pass, Verdict};
use super::{Transform, rules};
use crate::error::{Result, require, require_positive};
use crate::hyper::hyper_parameters;

/// What PyTorch adds to the norm that it divides by.
const EPSILON: f64 = 1e-6;

hyper_parameters! {
    /// `g <- g * min(1, c / (N + 1e-6))`, with N the norm of all tensors together: PyTorch's `clip_grad_norm_`.
    pub struct ClipNorm {
        /// The bound c > 0.
        pub max_norm: f64 = 1.0,
        /// The order of the norm, infinity for the largest element.
        pub norm_type: f64 = 2.0,
        /// Refuse a norm that is infinite or NaN, in place of making the gradient zero or NaN.
        pub error_if_nonfinite: bool = false,
    }
}

impl Transform for ClipNorm {
    fn validate(&self) -> Result<()> {
        require_positive("max_norm", self.max_norm)?;
        rules::require_order(self.norm_type)
    }

    fn judges_finiteness(&self) -> bool {
        self.error_if_nonfinite
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let norm = rules::total_norm(pass.team, pass.layout, pass.gradient, self.norm_type);
        let rule = "of finite norm (error_if_nonfinite=True)";
        require(!self.error_if_nonfinite || norm.is_finite(), "grads", rule, norm)?;
        if let Some(factor) = factor(self.max_norm, norm) {
            pass.map(|g| g * T::of(factor));
        }
        Ok(Verdict::Ready)
    }
}

hyper_parameters! {
    /// As [`ClipNorm`] for each tensor by itself: Keras' `clipnorm`.
    pub struct ClipNormPerTensor {
        /// The bound c > 0.
        pub max_norm: f64 = 1.0,
        /// The order of the norm, infinity for the largest element.
        pub norm_type: f64 = 2.0,
    }
}

impl Transform for ClipNormPerTensor {
    fn validate(&self) -> Result<()> {
        require_positive("max_norm", self.max_norm)?;
        rules::require_order(self.norm_type)
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let layout = pass.layout;
        for tensor in layout.tensors() {
            let norm = rules::norm(pass.team, &pass.gradient[tensor.range()], self.norm_type);
            if let Some(factor) = factor(self.max_norm, norm) {
                pass.map_tensor(tensor, |_, g| g * T::of(factor));
            }
        }
        Ok(Verdict::Ready)
    }
}

/// What to multiply a gradient with; `None`: it is within the bound.
fn factor(bound: f64, norm: f64) -> Option<f64> {
    let factor = bound / (norm + EPSILON);
    // NaN is kept, so that it shows.
    (factor < 1.0 || factor.is_nan()).then_some(factor)
}
