//! Gaussian noise.
//!
//! Source: A. Neelakantan et al., "Adding Gradient Noise Improves Learning for Very Deep Networks", 2015,
//! https://arxiv.org/abs/1511.06807.

use thalweg_kernels::Real;

use super::Transform;
use super::pass::{Pass, Verdict};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;
use crate::random::Numbers;

hyper_parameters! {
    /// `g <- g + N(0, eta / t^gamma)` for the t-th gradient.
    pub struct GaussianNoise {
        /// Variance of the first noise.
        pub eta: f64 = 0.01,
        /// How fast the variance falls.
        pub gamma: f64 = 0.55,
        /// Which noise it is.
        pub seed: u64 = 0,
    }
}

impl Transform for GaussianNoise {
    fn validate(&self) -> Result<()> {
        require_not_negative("eta", self.eta)?;
        require_not_negative("gamma", self.gamma)
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let deviation = (self.eta / (pass.number as f64).powf(self.gamma)).sqrt();
        add_noise(pass, self.seed, deviation);
        Ok(Verdict::Ready)
    }
}

/// Adds `deviation` times a standard normal number to each element: which one depends on the seed, the number of the
/// gradient, and the element's place alone.
pub fn add_noise<T: Real>(pass: &mut Pass<'_, T>, seed: u64, deviation: f64) {
    let (layout, step) = (pass.layout, pass.number);
    for (number, tensor) in layout.tensors().iter().enumerate() {
        let numbers = Numbers::new(seed, step, number);
        pass.map_tensor(tensor, |i, g| g + T::of(deviation * numbers.normal(i)));
    }
}
