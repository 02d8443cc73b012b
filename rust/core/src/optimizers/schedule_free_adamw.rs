//! Schedule-free AdamW: Defazio et al. 2024; see [`super::schedule_free`].
//!
//! ```text
//! v <- beta2 v + (1 - beta2) g^2
//! d = g / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay y
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::rules::{Incoming, epsilon, mean_square};
use super::schedule_free::{self, Move, Weighting, require_between, warmed_up};
use super::{Buffer, EvalParams, Optimizer, Scalar, Step, Taken};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;
use crate::math::power;

hyper_parameters! {
    /// Hyper-parameters of schedule-free AdamW; names and defaults as the authors'.
    pub struct ScheduleFreeAdamW {
        /// Learning rate.
        pub lr: f64 = 2.5e-3,
        /// How near the average gradients are taken, and the decay of the mean of their squares.
        pub betas: (f64, f64) = (0.9, 0.999),
        /// Added to the root.
        pub eps: f64 = 1e-8,
        /// Decay, towards zero from where the gradient is taken.
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

impl ScheduleFreeAdamW {
    fn weighting(&self) -> Weighting {
        Weighting { r: self.r, weight_lr_power: self.weight_lr_power }
    }
}

impl Optimizer for ScheduleFreeAdamW {
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
        let rate = warmed_up(step.rate, step.number, self.warmup_steps);
        let moves = Move::prepare(self.weighting(), self.betas.0, step.number, rate, step.scalars);
        step.sweep(&Scaled {
            gradient: Incoming::new(self.maximize, 0.0),
            fresh: T::of(1.0 - self.betas.1),
            root: T::of(1.0 / (1.0 - power(self.betas.1, step.number)).sqrt()),
            eps: epsilon(self.eps),
            decay: T::of(self.weight_decay),
            moves,
        });
        Ok(())
    }
}

/// The scalars of one step, which the rectified member shares.
pub(super) struct Scaled<T> {
    pub(super) gradient: Incoming<T>,
    /// `1 - beta2`
    pub(super) fresh: T,
    /// Factor of the root, and what is added to it; with a factor of 0 and 1 added there is no denominator.
    pub(super) root: T,
    pub(super) eps: T,
    pub(super) decay: T,
    pub(super) moves: Move<T>,
}

impl<T: Real> Rule<T, 2> for Scaled<T> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, y: S::V, g: S::V, [z, v]: [S::V; 2]) -> (S::V, [S::V; 2]) {
        let g = self.gradient.apply(s, y, g);
        let v = mean_square(s, self.fresh, v, g);
        let denominator = s.mul_add(s.sqrt(v), s.splat(self.root), s.splat(self.eps));
        let direction = s.mul_add(s.splat(self.decay), y, s.div(g, denominator));
        let (y, z) = self.moves.apply(s, y, z, direction);
        (y, [z, v])
    }
}
