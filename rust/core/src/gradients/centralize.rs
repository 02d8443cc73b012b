//! Gradient centralisation.
//!
//! Source: H. Yong, J. Huang, X. Hua and L. Zhang, "Gradient Centralization: A New Optimization Technique for Deep Neural
//! Networks", 2020, https://arxiv.org/abs/2004.01461.

use thalweg_kernels::Real;

use super::Transform;
use super::pass::{Pass, Units, Verdict};
use crate::error::Result;
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Takes the mean over what fans into each unit from its gradient. Vectors and numbers stay as they are.
    pub struct Centralize {}
}

impl Transform for Centralize {
    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let layout = pass.layout;
        for tensor in layout.tensors() {
            let Some(units) = Units::of(tensor, layout.orientation()) else { continue };
            let fan_in = (tensor.len() / units.count) as f64;
            let sums = units.sums(&pass.gradient[tensor.range()], |g| g);
            let means: Vec<T> = sums.into_iter().map(|sum| T::of(sum / fan_in)).collect();
            pass.map_tensor(tensor, |i, g| g - means[units.unit(i)]);
        }
        Ok(Verdict::Ready)
    }
}
