//! SWA: Izmailov, Podoprikhin, Garipov, Vetrov and Wilson 2018. Any optimizer, and the mean of the parameters that it
//! passes every so many steps, with which to evaluate.
//!
//! ```text
//! inner optimizer's step
//! after the steps t = start + frequency, start + 2 frequency, …:
//! n <- n + 1;   a <- a + (p - a) / n
//! ```

use thalweg_kernels::Real;

use super::wrapper::Wrapper;
use super::{Buffer, EvalParams, Of, Optimizer, OptimizerConfig, Scalar, Sgd, Step, Taken};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of SWA.
    pub struct Swa {
        /// The optimizer that moves the parameters.
        pub optimizer: Box<OptimizerConfig> = Box::new(OptimizerConfig::Sgd(Sgd::default())),
        /// Steps before the averaging begins.
        pub start: u64 = 0,
        /// Every so many steps the parameters enter the mean.
        pub frequency: u64 = 1,
    }
}

impl Wrapper for Swa {
    const FIELD: &'static str = "optimizer";

    fn inner(&self) -> &OptimizerConfig {
        &self.optimizer
    }

    fn inner_mut(&mut self) -> &mut OptimizerConfig {
        &mut self.optimizer
    }

    fn check(&self) -> Result<()> {
        require(self.frequency > 0, "frequency", ">= 1", self.frequency)
    }

    fn own_buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("average").starting_at_params()]
    }

    fn own_scalars(&self) -> Vec<Scalar> {
        vec![Scalar::new("n_averaged", 0.0)]
    }

    fn averaged(&self, number: u64) -> EvalParams {
        let has_begun = number.saturating_sub(self.start) >= self.frequency;
        if has_begun { EvalParams::Buffer(0) } else { self.optimizer.eval_params(number).behind(1) }
    }

    fn around<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.optimizer.step(&mut self.step_within(step))?;
        if step.number > self.start && (step.number - self.start).is_multiple_of(self.frequency) {
            step.scalars[0] += 1.0;
            step.approach(Of::Buffer(0), Of::Params, 1.0 / step.scalars[0]);
        }
        Ok(())
    }
}
