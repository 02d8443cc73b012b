//! Cosine annealing: `CosineAnnealingLR` of PyTorch, and `CosineDecay` of Keras with what optax adds.

use super::math::{cos_pi, half_wave, power};
use super::rules::{require_count, require_rate};
use super::{Per, Schedule};
use crate::error::{Result, require, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `eta_min + (lr - eta_min) (1 + cos(pi t / T_max)) / 2`: up again after `T_max`; names as in PyTorch.
    #[allow(non_snake_case, reason = "PyTorch's spelling")]
    pub struct CosineAnnealingLR {
        /// Half the period.
        pub T_max: u64 = 50,
        /// The least rate.
        pub eta_min: f64 = 0.0,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl Schedule for CosineAnnealingLR {
    fn validate(&self) -> Result<()> {
        require_count("T_max", self.T_max)?;
        require_not_negative("eta_min", self.eta_min)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        self.eta_min + (base - self.eta_min) * half_wave(t as f64 / self.T_max as f64)
    }

    fn chained(&self, t: u64, current: f64, base: f64) -> f64 {
        let wave = |t: u64| 1.0 + cos_pi(t as f64 / self.T_max as f64);
        if t == 0 {
            return current;
        }
        // After the trough there is nothing to multiply: PyTorch begins from the base rate again.
        if (t - 1) % self.T_max.saturating_mul(2) == self.T_max {
            return current + (base - self.eta_min) * (2.0 - wave(1)) / 2.0;
        }
        wave(t) / wave(t - 1) * (current - self.eta_min) + self.eta_min
    }
}

hyper_parameters! {
    /// Cosine decay to `alpha` of the rate, and constant from then on, after a linear warm-up if asked for; names as in
    /// Keras, `exponent` from optax.
    pub struct CosineDecay {
        /// The rate at first; `None`: the optimizer's.
        pub initial_learning_rate: Option<f64> = None,
        /// Time that the decay takes, the warm-up not counted.
        pub decay_steps: u64 = 1000,
        /// The rate at last, in terms of the rate at the beginning of the decay.
        pub alpha: f64 = 0.0,
        /// The rate to which the warm-up leads.
        pub warmup_target: Option<f64> = None,
        /// Time that the warm-up takes.
        pub warmup_steps: u64 = 0,
        /// The wave is raised to this power.
        pub exponent: f64 = 1.0,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for CosineDecay {
    fn validate(&self) -> Result<()> {
        require_rate("initial_learning_rate", self.initial_learning_rate)?;
        require_count("decay_steps", self.decay_steps)?;
        require_not_negative("alpha", self.alpha)?;
        require_rate("warmup_target", self.warmup_target)?;
        require_not_negative("exponent", self.exponent)?;
        let led = self.warmup_steps == 0 || self.warmup_target.is_some();
        require(led, "warmup_steps", "0 without `warmup_target`", self.warmup_steps)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let initial = self.initial_learning_rate.unwrap_or(base);
        let peak = self.warmup_target.unwrap_or(initial);
        if t < self.warmup_steps {
            return (peak - initial) * (t as f64 / self.warmup_steps as f64) + initial;
        }
        let fraction = (t - self.warmup_steps).min(self.decay_steps) as f64 / self.decay_steps as f64;
        peak * ((1.0 - self.alpha) * power(half_wave(fraction), self.exponent) + self.alpha)
    }
}
