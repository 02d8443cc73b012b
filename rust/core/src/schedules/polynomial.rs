//! Polynomial decay: `PolynomialLR` of PyTorch, and `PolynomialDecay` of Keras with what optax adds.

use super::math::power;
use super::rules::{require_count, require_rate};
use super::{Per, Schedule};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `lr (1 - min(t, T) / T)^power`; names and defaults as in PyTorch.
    pub struct PolynomialLR {
        /// T, when the rate has come to 0.
        pub total_iters: u64 = 5,
        /// The power.
        pub power: f64 = 1.0,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl PolynomialLR {
    fn left(&self, t: u64) -> f64 {
        1.0 - t.min(self.total_iters) as f64 / self.total_iters as f64
    }
}

impl Schedule for PolynomialLR {
    fn validate(&self) -> Result<()> {
        require_count("total_iters", self.total_iters)?;
        require_not_negative("power", self.power)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        base * power(self.left(t), self.power)
    }

    fn chained(&self, t: u64, current: f64, _base: f64) -> f64 {
        if t == 0 || t > self.total_iters {
            return current;
        }
        current * power(self.left(t) / self.left(t - 1), self.power)
    }
}

hyper_parameters! {
    /// `(initial - end) (1 - min(t - begin, T) / T)^power + end`; names and defaults as in Keras, `begin` from optax.
    pub struct PolynomialDecay {
        /// The rate at first; `None`: the optimizer's.
        pub initial_learning_rate: Option<f64> = None,
        /// T, the time that the decay takes.
        pub decay_steps: u64 = 1000,
        /// The rate at last.
        pub end_learning_rate: f64 = 1e-4,
        /// The power.
        pub power: f64 = 1.0,
        /// After T, decay again from a smaller rate: as if T were the next multiple of itself.
        pub cycle: bool = false,
        /// Steps before the decay.
        pub begin: u64 = 0,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for PolynomialDecay {
    fn validate(&self) -> Result<()> {
        require_rate("initial_learning_rate", self.initial_learning_rate)?;
        require_count("decay_steps", self.decay_steps)?;
        require_not_negative("end_learning_rate", self.end_learning_rate)?;
        require_not_negative("power", self.power)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let elapsed = t.saturating_sub(self.begin);
        let cycles = if self.cycle { elapsed.div_ceil(self.decay_steps).max(1) } else { 1 };
        let total = cycles as f64 * self.decay_steps as f64;
        let left = 1.0 - (elapsed as f64).min(total) / total;
        let (initial, end) = (self.initial_learning_rate.unwrap_or(base), self.end_learning_rate);
        (initial - end) * power(left, self.power) + end
    }
}
