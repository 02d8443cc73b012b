//! Lookahead: Zhang, Lucas, Hinton and Ba 2019. Any optimizer runs ahead; every k steps the slow parameters go part of the
//! way to where it is, and it goes on from there.
//!
//! ```text
//! inner optimizer's step
//! after the steps t = k, 2k, …:   slow <- slow + alpha (p - slow);   p <- slow
//! reset_state: and the inner optimizer begins anew
//! ```

use thalweg_kernels::Real;

use super::wrapper::Wrapper;
use super::{Buffer, EvalParams, Of, Optimizer, OptimizerConfig, Sgd, Step, Taken};
use crate::error::{Result, require};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of Lookahead.
    pub struct Lookahead {
        /// The optimizer that runs ahead.
        pub optimizer: Box<OptimizerConfig> = Box::new(OptimizerConfig::Sgd(Sgd::default())),
        /// Steps of the optimizer for each of the slow parameters.
        pub k: u64 = 5,
        /// Share of the way that the slow parameters follow.
        pub alpha: f64 = 0.5,
        /// Whether the optimizer forgets its steps when the slow parameters have followed.
        pub reset_state: bool = false,
    }
}

impl Lookahead {
    /// The optimizer within begins anew at the parameters, with the buffers and numbers of this group.
    fn restart<T: Real>(&self, step: &mut Step<'_, T>) {
        let within = self.step_within(step);
        for (slab, buffer) in within.buffers.iter_mut().zip(self.optimizer.buffers()) {
            for segment in within.segments {
                slab.restart(buffer.initial, segment.tensor, &within.params[segment.start..segment.end()]);
            }
        }
        for (number, scalar) in within.scalars.iter_mut().zip(self.optimizer.scalars()) {
            *number = scalar.initial;
        }
    }
}

impl Wrapper for Lookahead {
    const FIELD: &'static str = "optimizer";

    fn inner(&self) -> &OptimizerConfig {
        &self.optimizer
    }

    fn inner_mut(&mut self) -> &mut OptimizerConfig {
        &mut self.optimizer
    }

    fn check(&self) -> Result<()> {
        require(self.k > 0, "k", ">= 1", self.k)?;
        require(self.alpha > 0.0 && self.alpha <= 1.0, "alpha", "in (0, 1]", self.alpha)
    }

    fn own_buffers(&self) -> Vec<Buffer> {
        vec![Buffer::like("slow").starting_at_params()]
    }

    fn number_within(&self, number: u64) -> u64 {
        if self.reset_state { (number - 1) % self.k + 1 } else { number }
    }

    fn averaged(&self, number: u64) -> EvalParams {
        // After the last step before a restart the optimizer within has taken none.
        let number = if self.reset_state { number % self.k } else { number };
        self.optimizer.eval_params(number).behind(1)
    }

    fn before<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let mut within = self.step_within(step);
        if self.reset_state && within.number == 1 {
            for (number, shared) in within.shared.iter_mut().zip(self.optimizer.shared()) {
                *number = shared.initial;
            }
        }
        self.optimizer.begin(&mut within)
    }

    fn around<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.optimizer.step(&mut self.step_within(step))?;
        if step.number.is_multiple_of(self.k) {
            step.approach(Of::Buffer(0), Of::Params, self.alpha);
            step.approach(Of::Params, Of::Buffer(0), 1.0);
            if self.reset_state {
                self.restart(step);
            }
        }
        Ok(())
    }
}
