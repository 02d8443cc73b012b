//! EMA: Polyak and Ruppert's averaging with weights that fade, as in `torch.optim.swa_utils`. Any optimizer, and a running
//! mean of the parameters that it passes, with which to evaluate.
//!
//! ```text
//! inner optimizer's step
//! a <- decay a + (1 - decay) p                      (a <- p at the first step)
//! ```

use thalweg_kernels::Real;

use super::checks::require_decay;
use super::wrapper::Wrapper;
use super::{Buffer, EvalParams, Of, Optimizer, OptimizerConfig, Sgd, Step, Taken};
use crate::error::Result;
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of EMA.
    pub struct Ema {
        /// The optimizer that moves the parameters.
        pub optimizer: Box<OptimizerConfig> = Box::new(OptimizerConfig::Sgd(Sgd::default())),
        /// Share of the average that survives a step.
        pub decay: f64 = 0.999,
    }
}

impl Wrapper for Ema {
    const FIELD: &'static str = "optimizer";

    fn inner(&self) -> &OptimizerConfig {
        &self.optimizer
    }

    fn inner_mut(&mut self) -> &mut OptimizerConfig {
        &mut self.optimizer
    }

    fn check(&self) -> Result<()> {
        require_decay("decay", self.decay)
    }

    fn own_buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("average").starting_at_params()]
    }

    fn averaged(&self, _number: u64) -> EvalParams {
        EvalParams::Buffer(0)
    }

    fn around<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.optimizer.step(&mut self.step_within(step))?;
        let share = if step.number == 1 { 1.0 } else { 1.0 - self.decay };
        step.approach(Of::Buffer(0), Of::Params, share);
        Ok(())
    }
}
