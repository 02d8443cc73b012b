//! Accumulation over micro-batches: one step for several of them.

use thalweg_kernels::Real;
use thalweg_kernels::partition::{CHUNK, for_each_chunks};

use super::Transform;
use super::pass::{Pass, Verdict};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

const HELD: usize = 0;
const WEIGHT: usize = 1;

hyper_parameters! {
    /// The mean of `steps` gradients, each weighted by the size of its micro-batch: what one batch of them all would give.
    pub struct Accumulate {
        /// Gradients to a step.
        pub steps: u64 = 2,
    }
}

impl Transform for Accumulate {
    fn validate(&self) -> Result<()> {
        require(self.steps > 0, "steps", "at least 1", self.steps)
    }

    fn numbers(&self) -> &'static [&'static str] {
        &["held", "weight"]
    }

    fn keeps_sum(&self) -> bool {
        true
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        let (held, weight) = (pass.numbers[HELD], T::of(pass.weight));
        let total = pass.numbers[WEIGHT] + pass.weight;
        if held + 1.0 < self.steps as f64 {
            let first = held == 0.0;
            let gradient = &*pass.gradient;
            for_each_chunks(pass.team, CHUNK, pass.sum, [], |offset, sum, []| {
                for (sum, g) in sum.iter_mut().zip(&gradient[offset..]) {
                    *sum = if first { weight * *g } else { *sum + weight * *g };
                }
            });
            (pass.numbers[HELD], pass.numbers[WEIGHT]) = (held + 1.0, total);
            return Ok(Verdict::Held);
        }
        if held > 0.0 {
            // The sum is only read, so that an error further on leaves it as it was.
            let (sum, divisor) = (&*pass.sum, T::of(total));
            for_each_chunks(pass.team, CHUNK, pass.gradient, [], |offset, gradient, []| {
                for (g, sum) in gradient.iter_mut().zip(&sum[offset..]) {
                    *g = (*sum + weight * *g) / divisor;
                }
            });
        }
        pass.weight = total;
        pass.numbers.fill(0.0);
        Ok(Verdict::Ready)
    }
}
