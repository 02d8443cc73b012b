//! Schedule-free SGD: Defazio et al. 2024; see [`super::schedule_free`].
//!
//! ```text
//! d = g + weight_decay y
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::rules::Incoming;
use super::schedule_free::{self, Move, Weighting, require_between, warmed_up};
use super::{Buffer, EvalParams, Optimizer, Scalar, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of schedule-free SGD; names and defaults as the authors'.
    pub struct ScheduleFreeSgd {
        /// Learning rate.
        pub lr: f64 = 1.0,
        /// How near the average gradients are taken.
        pub momentum: f64 = 0.9,
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Steps over which the rate grows linearly.
        pub warmup_steps: u64 = 0,
        /// Power of the step in the weights of the average.
        pub r: f64 = 0.0,
        /// Power of the greatest rate so far in these weights.
        pub weight_lr_power: f64 = 2.0,
        /// Climb instead of descend.
        pub maximize: bool = false,
    }
}

impl ScheduleFreeSgd {
    fn weighting(&self) -> Weighting {
        Weighting { r: self.r, weight_lr_power: self.weight_lr_power }
    }
}

impl Optimizer for ScheduleFreeSgd {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        require_between("momentum", self.momentum)?;
        require_not_negative("weight_decay", self.weight_decay)?;
        self.weighting().validate()
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        vec![schedule_free::z()]
    }

    fn scalars(&self) -> Vec<Scalar> {
        schedule_free::scalars()
    }

    fn eval_params(&self, number: u64) -> EvalParams {
        schedule_free::eval_params(self.momentum, number)
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        let rate = warmed_up(step.rate, step.number, self.warmup_steps);
        let moves = Move::prepare(self.weighting(), self.momentum, step.number, rate, step.scalars);
        step.sweep(&Descent { gradient: Incoming::new(self.maximize, self.weight_decay), moves });
        Ok(())
    }
}

struct Descent<T> {
    gradient: Incoming<T>,
    moves: Move<T>,
}

impl<T: Real> Rule<T, 1> for Descent<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, y: S::V, g: S::V, [z]: [S::V; 1]) -> (S::V, [S::V; 1]) {
        let (y, z) = self.moves.apply(s, y, z, self.gradient.apply(s, y, g));
        (y, [z])
    }
}
