//! AggMo: Lucas et al. 2018. The mean of several velocities, each with a momentum of its own.
//!
//! ```text
//! g <- g + weight_decay p                           (decoupled_weight_decay: p <- p (1 - lr weight_decay) instead)
//! b_k <- betas[k] b_k + g                           for each of the K betas
//! p <- p - lr / K (b_1 + ... + b_K)
//! ```

use thalweg_kernels::Real;
use thalweg_kernels::simd::Simd;
use thalweg_kernels::sweep::Rule;

use super::checks::require_decay;
use super::decay::{Decay, decay_rate, require_decoupled};
use super::{Buffer, Optimizer, Step, Taken};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Hyper-parameters of AggMo; names and defaults are the authors'.
    pub struct AggMo {
        /// Learning rate.
        pub lr: f64 = 1e-3,
        /// Share of each velocity that survives a step.
        pub betas: Vec<f64> = vec![0.0, 0.9, 0.99],
        /// L2 penalty, added to the gradient of all parameters.
        pub weight_decay: f64 = 0.0,
        /// Shrink the parameters and leave the gradient alone.
        pub decoupled_weight_decay: bool = false,
        /// Climb instead of descend.
        pub maximize: bool = false,
        /// Multiply decoupled decay by the rate; otherwise only by what a schedule makes of the rate, which is 1 at first.
        pub decay_with_lr: bool = true,
    }
}

/// Each number of velocities is a sweep of its own in the binary. The authors go to 5.
const MOST_VELOCITIES: usize = 8;

impl Optimizer for AggMo {
    fn validate(&self) -> Result<()> {
        require_positive("lr", self.lr)?;
        let (count, rule) = (self.betas.len(), format_args!("1 to {MOST_VELOCITIES} numbers"));
        require((1..=MOST_VELOCITIES).contains(&count), "betas", rule, count)?;
        for (k, beta) in self.betas.iter().enumerate() {
            require_decay(&format!("betas[{k}]"), *beta)?;
        }
        require_not_negative("weight_decay", self.weight_decay)?;
        require_decoupled(self.decay_with_lr, self.decoupled_weight_decay, "decoupled_weight_decay")
    }

    fn lr(&self) -> f64 {
        self.lr
    }

    fn buffers(&self) -> Vec<Buffer> {
        (0..self.betas.len()).map(|k| Buffer::like(format!("momentum_buffer_{k}"))).collect()
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        match self.betas.len() {
            1 => self.sweep::<T, 1>(step),
            2 => self.sweep::<T, 2>(step),
            3 => self.sweep::<T, 3>(step),
            4 => self.sweep::<T, 4>(step),
            5 => self.sweep::<T, 5>(step),
            6 => self.sweep::<T, 6>(step),
            7 => self.sweep::<T, 7>(step),
            _ => self.sweep::<T, MOST_VELOCITIES>(step),
        }
        Ok(())
    }
}

impl AggMo {
    fn sweep<T: Real, const K: usize>(&self, step: &mut Step<'_, T>) {
        let decay = decay_rate(step.rate, self.lr, self.decay_with_lr);
        step.sweep(&Velocities {
            decay: Decay::new(self.maximize, self.weight_decay, self.decoupled_weight_decay, decay),
            betas: std::array::from_fn::<T, K, _>(|k| T::of(self.betas[k])),
            rate: T::of(step.rate / K as f64),
        });
    }
}

/// The scalars of one step.
struct Velocities<T, const K: usize> {
    decay: Decay<T>,
    betas: [T; K],
    /// The rate over the number of velocities.
    rate: T,
}

impl<T: Real, const K: usize> Rule<T, K> for Velocities<T, K> {
    #[inline(always)]
    fn update<S: Simd<T>>(&self, s: S, p: S::V, g: S::V, mut velocities: [S::V; K]) -> (S::V, [S::V; K]) {
        let (g, p) = (self.decay.gradient(s, p, g), self.decay.shrunk(s, p));
        let mut sum = s.splat(T::zero());
        for (velocity, beta) in velocities.iter_mut().zip(&self.betas) {
            *velocity = s.mul_add(s.splat(*beta), *velocity, g);
            sum = s.add(sum, *velocity);
        }
        (s.neg_mul_add(s.splat(self.rate), sum, p), velocities)
    }
}
