//! Clipping by value.

use thalweg_kernels::Real;

use super::Transform;
use super::pass::{Pass, Verdict};
use crate::error::{Result, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `g <- max(-c, min(g, c))`; NaN stays.
    pub struct ClipValue {
        /// The bound c > 0.
        pub clip_value: f64 = 1.0,
    }
}

impl Transform for ClipValue {
    fn validate(&self) -> Result<()> {
        require_positive("clip_value", self.clip_value)
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let bound = T::of(self.clip_value);
        pass.map(|g| {
            if g > bound {
                bound
            } else if g < -bound {
                -bound
            } else {
                g
            }
        });
        Ok(Verdict::Ready)
    }
}
