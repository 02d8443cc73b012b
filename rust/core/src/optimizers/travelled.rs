//! What DoG and DoWG measure, over all tensors: how far the parameters have come, and how long the gradient is.

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Measure;

use super::rules::Incoming;

/// The squares of `p - p0` and of the gradient.
pub struct Travelled<T> {
    pub gradient: Incoming<T>,
}

impl<T: Real> Measure<T, 1, 2> for Travelled<T> {
    #[inline(always)]
    fn terms<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, [start]: [S::V; 1]) -> [S::V; 2] {
        let (way, g) = (s.sub(p, start), self.gradient.apply(s, p, g));
        [s.mul(way, way), s.mul(g, g)]
    }
}
