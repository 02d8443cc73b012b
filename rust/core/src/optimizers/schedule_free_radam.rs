//! Schedule-free RAdam: Defazio et al. 2024 with the rectification of Liu et al. 2019, by the authors of the former; see
//! [`super::schedule_free`]. It needs no warm-up.
//!
//! ```text
//! v <- beta2 v + (1 - beta2) g^2
//! where the rectification r exists:  lr <- r lr;   d = g / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay y
//! before:                            d = g + weight_decay y   (silent_sgd_phase: lr = 0, nothing moves)
//! ```

use thalweg_kernels::Real;

use super::checks::require_decay;
use super::rectification::Rectification;
use super::rules::{Incoming, epsilon};
use super::schedule_free::{self, Move, Weighting, require_between};
use super::schedule_free_adamw::Scaled;
use super::{Buffer, EvalParams, Optimizer, Scalar, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of schedule-free RAdam; names and defaults as the authors'.
    pub struct ScheduleFreeRAdam {
        /// Learning rate.
        pub lr: f64 = 2.5e-3,
        /// How near the average gradients are taken, and the decay of the mean of their squares.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root.
        pub eps: f64 = 1e-8,
        /// Decay, towards zero from where the gradient is taken.
        pub weight_decay: f64 = 0.0,
        /// Power of the step in the weights of the average.
        pub r: f64 = 0.0,
        /// Power of the greatest rate so far in these weights.
        pub weight_lr_power: f64 = 2.0,
        /// Do not move before there is a rectification, in the place of descending plainly.
        pub silent_sgd_phase: bool = true,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl ScheduleFreeRAdam {
    fn weighting(&self) -> Weighting {
        Weighting { r: self.r, weight_lr_power: self.weight_lr_power }
    }
}

impl Optimizer for ScheduleFreeRAdam {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_between("betas[0]", self.betas.0)?;
        require_decay("betas[1]", self.betas.1)?;
        require_positive("eps", self.eps)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        self.weighting().validate()
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![schedule_free::z(), Buffer::like("exp_avg_sq")]
    }

    fn scalars(&self) -> Vec<Scalar> {
        schedule_free::scalars()
    }

    fn eval_params(&self, number: u64) -> EvalParams {
        schedule_free::eval_params(self.betas.0, number)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let (beta, beta2) = self.betas;
        let plain = if self.silent_sgd_phase { 0.0 } else { 1.0 };
        let corrected = 1.0 - power(beta2, step.number);
        let rectification = Rectification::of(beta2, step.number).factor(4.0);
        let (factor, root, eps) =
            rectification.map_or((plain, 0.0, 1.0), |factor| (factor, 1.0 / corrected.sqrt(), self.eps));
        let moves = Move::prepare(self.weighting(), beta, step.number, step.rate * factor, step.scalars);
        step.sweep(&Scaled {
            gradient: Incoming::new(self.maximize, 0.0),
            fresh: T::of(1.0 - beta2),
            root: T::of(root),
            eps: epsilon(eps),
            decay: T::of(self.weight_decay),
            moves,
        });
        Ok(())
    }
}
