//! AdamW: Loshchilov and Hutter 2019. Adam ([`super::adam`]) whose weight decay bypasses the moments.

use thalweg_kernels::Real;

use super::{Adam, Buffer, Optimizer, Step, Taken};
use crate::error::Result;
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of AdamW; names and defaults as in PyTorch.
    pub struct AdamW {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Decay of the running means of the gradient and of its square.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root, so that a gradient of zero does not divide by zero.
        pub eps: f64 = 1e-8,
        /// Share of each parameter, times the rate, that a step takes away.
        pub weight_decay: f64 = 1e-2,
        /// Use the greatest mean square so far.
        pub amsgrad: bool = false,
        /// Climb instead of descend; decay still shrinks.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

impl AdamW {
    fn as_adam(&self) -> Adam {
        Adam {
            lr: self.lr,
            betas: self.betas,
            eps: self.eps,
            weight_decay: self.weight_decay,
            amsgrad: self.amsgrad,
            maximize: self.maximize,
            decoupled_weight_decay: true,
            epsilon_hat: false,
            decay_with_lr: self.decay_with_lr,
        }
    }
}

impl Optimizer for AdamW {
    fn validate(&self) -> Result<()> {
        self.as_adam().validate()
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        self.as_adam().buffers()
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        Some(&mut self.betas.0)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        self.as_adam().step(step)
    }
}
