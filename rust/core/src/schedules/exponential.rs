//! Exponential decay: `ExponentialLR` of PyTorch, and `ExponentialDecay` of Keras with what optax adds.

use super::math::power;
use super::rules::{require_count, require_rate};
use super::{Per, Schedule};
use crate::error::{Result, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `lr gamma^t`; names as in PyTorch.
    pub struct ExponentialLR {
        /// Factor from one t to the next.
        pub gamma: f64 = 0.9,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Schedule for ExponentialLR {
    fn validate(&self) -> Result<()> {
        require_not_negative("gamma", self.gamma)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        base * power(self.gamma, t as f64)
    }

    fn chained(&self, t: u64, current: f64, _base: f64) -> f64 {
        if t == 0 { current } else { current * self.gamma }
    }
}

hyper_parameters! {
    /// `initial decay_rate^((t - begin) / decay_steps)`; names as in Keras, `begin` and `end_learning_rate` from optax.
    pub struct ExponentialDecay {
        /// The rate at first; `None`: the optimizer's.
        pub initial_learning_rate: Option<f64> = None,
        /// Steps in which the rate is multiplied by `decay_rate` once.
        pub decay_steps: u64 = 1000,
        /// The factor.
        pub decay_rate: f64 = 0.96,
        /// Only after whole `decay_steps`.
        pub staircase: bool = false,
        /// Steps before the decay.
        pub begin: u64 = 0,
        /// Where the decay ends: from below for a factor of 1 or more, else from above.
        pub end_learning_rate: Option<f64> = None,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for ExponentialDecay {
    fn validate(&self) -> Result<()> {
        require_rate("initial_learning_rate", self.initial_learning_rate)?;
        require_count("decay_steps", self.decay_steps)?;
        require_positive("decay_rate", self.decay_rate)?;
        require_rate("end_learning_rate", self.end_learning_rate)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let elapsed = t.saturating_sub(self.begin) as f64 / self.decay_steps as f64;
        let elapsed = if self.staircase { elapsed.floor() } else { elapsed };
        let rate = self.initial_learning_rate.unwrap_or(base) * power(self.decay_rate, elapsed);
        match self.end_learning_rate {
            Some(end) if self.decay_rate < 1.0 => rate.max(end),
            Some(end) => rate.min(end),
            None => rate,
        }
    }
}
