//! Penalties on the parameters, as slopes added to the gradient.

use thalweg_kernels::Real;

use super::Transform;
use super::pass::{Pass, Verdict};
use crate::error::{Result, require, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `g <- g + l1 * sign(p)`, the slope of `l1 * |p|`.
    pub struct L1 {
        /// Strength.
        pub l1: f64 = 0.01,
    }
}

hyper_parameters! {
    /// `g <- g + l2 * p`, the slope of `l2 / 2 * p^2`.
    pub struct L2 {
        /// Strength.
        pub l2: f64 = 0.01,
    }
}

hyper_parameters! {
    /// `g <- g + alpha * (l1_ratio * sign(p) + (1 - l1_ratio) * p)`.
    pub struct ElasticNet {
        /// Strength of both together.
        pub alpha: f64 = 0.01,
        /// Share of the L1 penalty.
        pub l1_ratio: f64 = 0.5,
    }
}

impl Transform for L1 {
    fn validate(&self) -> Result<()> {
        require_not_negative("l1", self.l1)
    }

    fn needs_params(&self) -> bool {
        true
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let l1 = T::of(self.l1);
        pass.add_slope(|p| l1 * sign(p));
        Ok(Verdict::Ready)
    }
}

impl Transform for L2 {
    fn validate(&self) -> Result<()> {
        require_not_negative("l2", self.l2)
    }

    fn needs_params(&self) -> bool {
        true
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let l2 = T::of(self.l2);
        pass.add_slope(|p| l2 * p);
        Ok(Verdict::Ready)
    }
}

impl Transform for ElasticNet {
    fn validate(&self) -> Result<()> {
        require_not_negative("alpha", self.alpha)?;
        require((0.0..=1.0).contains(&self.l1_ratio), "l1_ratio", "in [0, 1]", self.l1_ratio)
    }

    fn needs_params(&self) -> bool {
        true
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let (l1, l2) = (T::of(self.alpha * self.l1_ratio), T::of(self.alpha * (1.0 - self.l1_ratio)));
        pass.add_slope(|p| l1 * sign(p) + l2 * p);
        Ok(Verdict::Ready)
    }
}

/// -1, 0 or 1; NaN stays.
fn sign<T: Real>(p: T) -> T {
    if p == T::zero() { T::zero() } else { p.signum() }
}
