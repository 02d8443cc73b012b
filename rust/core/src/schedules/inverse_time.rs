//! Inverse time decay, of Keras.

use super::rules::{require_count, require_rate};
use super::{Per, Schedule};
use crate::error::{Result, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `initial / (1 + decay_rate t / decay_steps)`; names as in Keras.
    pub struct InverseTimeDecay {
        /// The rate at first; `None`: the optimizer's.
        pub initial_learning_rate: Option<f64> = None,
        /// The unit in which time is measured.
        pub decay_steps: u64 = 1,
        /// Growth of the divisor in a unit of time.
        pub decay_rate: f64 = 0.5,
        /// Only after whole `decay_steps`.
        pub staircase: bool = false,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for InverseTimeDecay {
    fn validate(&self) -> Result<()> {
        require_rate("initial_learning_rate", self.initial_learning_rate)?;
        require_count("decay_steps", self.decay_steps)?;
        require_not_negative("decay_rate", self.decay_rate)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let elapsed = t as f64 / self.decay_steps as f64;
        let elapsed = if self.staircase { elapsed.floor() } else { elapsed };
        self.initial_learning_rate.unwrap_or(base) / (1.0 + self.decay_rate * elapsed)
    }
}
