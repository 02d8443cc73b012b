//! Normalised gradients: the direction without the length.

use thalweg_kernels::Real;

use super::pass::{Pass, Verdict};
use super::{Transform, rules};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `g <- g / (N + eps)`, with N the Euclidean norm of all tensors together, or of each.
    pub struct Normalize {
        /// Keeps a gradient of zero at zero.
        pub eps: f64 = 1e-12,
        /// Each tensor by itself.
        pub per_tensor: bool = false,
    }
}

impl Transform for Normalize {
    fn validate(&self) -> Result<()> {
        require_positive("eps", self.eps)
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let layout = pass.layout;
        let whole = rules::total_norm(pass.team, layout, pass.gradient, 2.0);
        for tensor in layout.tensors() {
            let own = || rules::norm(pass.team, &pass.gradient[tensor.range()], 2.0);
            let divisor = if self.per_tensor { own() } else { whole } + self.eps;
            // Divided in double precision: eps may be below the least number of single precision.
            pass.map_tensor(tensor, |_, g| T::of(g.wide() / divisor));
        }
        Ok(Verdict::Ready)
    }
}
