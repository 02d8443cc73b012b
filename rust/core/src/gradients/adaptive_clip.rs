//! Adaptive gradient clipping.
//!
//! Source: A. Brock, S. De, S. L. Smith and K. Simonyan, "High-Performance Large-Scale Image Recognition Without
//! Normalization", 2021, https://arxiv.org/abs/2102.06171.

use thalweg_kernels::Real;

use super::pass::{Pass, Units, Verdict};
use super::{Transform, rules};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;

/// The least norm of a gradient that is divided by.
const LEAST: f64 = 1e-6;

hyper_parameters! {
    /// `M = clipping * max(|w|, eps)` for the weights w of each unit; where `|g| > M`: `g <- g * M / max(|g|, 1e-6)`. A
    /// vector is one unit.
    pub struct AdaptiveClip {
        /// The largest norm of a gradient, as a share of that of the weights.
        pub clipping: f64 = 0.01,
        /// The least norm of weights, so that those at zero can leave it.
        pub eps: f64 = 1e-3,
    }
}

impl Transform for AdaptiveClip {
    fn validate(&self) -> Result<()> {
        require_positive("clipping", self.clipping)?;
        require_positive("eps", self.eps)
    }

    fn needs_params(&self) -> bool {
        true
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let (layout, params) = (pass.layout, pass.params);
        for tensor in layout.tensors() {
            let (weights, gradient) = (&params[tensor.range()], &pass.gradient[tensor.range()]);
            let Some(units) = Units::of(tensor, layout.orientation()) else {
                let norms = [weights, gradient].map(|x| rules::norm(pass.team, x, 2.0));
                let factor = T::of(self.factor(norms[0], norms[1]));
                pass.map_tensor(tensor, |_, g| g * factor);
                continue;
            };
            let squares = [weights, gradient].map(|x| units.sums(x, |x| x * x));
            let pairs = squares[0].iter().zip(&squares[1]);
            let factors: Vec<T> = pairs.map(|(w, g)| T::of(self.factor(w.sqrt(), g.sqrt()))).collect();
            pass.map_tensor(tensor, |i, g| g * factors[units.unit(i)]);
        }
        Ok(Verdict::Ready)
    }
}

impl AdaptiveClip {
    fn factor(&self, weights: f64, gradient: f64) -> f64 {
        let bound = self.clipping * weights.max(self.eps);
        if gradient > bound { bound / gradient.max(LEAST) } else { 1.0 }
    }
}
