//! Warm-up, stable, decay: Hu et al. 2024 (MiniCPM); the forms of the decay of Hägele et al. 2024.

use super::math::half_wave;
use super::rules::{require_count, require_fraction};
use super::{Per, Schedule};
use crate::error::Result;
use crate::hyper::{choice, hyper_parameters};

choice! {
    /// What is left of the rate when the share x of the decay is over.
    pub enum Decay {
        /// `1 - sqrt(x)`
        Sqrt = "1-sqrt",
        /// `(1 + cos(pi x)) / 2`
        Cosine = "cosine",
        /// `1 - x`
        Linear = "linear",
        /// `1 - x^2`
        Square = "1-square",
    }
}

impl Decay {
    fn left(self, x: f64) -> f64 {
        match self {
            Self::Sqrt => 1.0 - x.sqrt(),
            Self::Cosine => half_wave(x),
            Self::Linear => 1.0 - x,
            Self::Square => 1.0 - x * x,
        }
    }
}

hyper_parameters! {
    /// `lr (t + 1) / warmup_steps`, then `lr`, then down to `min_lr_ratio lr`.
    pub struct WarmupStableDecay {
        /// Steps of the warm-up; its first step already moves.
        pub warmup_steps: u64 = 100,
        /// Steps at the full rate.
        pub stable_steps: u64 = 800,
        /// Steps of the decay.
        pub decay_steps: u64 = 100,
        /// The form of the decay.
        pub decay_type: Decay = Decay::Sqrt,
        /// What is left of the rate at last.
        pub min_lr_ratio: f64 = 0.0,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for WarmupStableDecay {
    fn validate(&self) -> Result<()> {
        require_count("decay_steps", self.decay_steps)?;
        require_fraction("min_lr_ratio", self.min_lr_ratio)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        if t < self.warmup_steps {
            return base * ((t + 1) as f64 / self.warmup_steps as f64);
        }
        let decaying = (t - self.warmup_steps).saturating_sub(self.stable_steps).min(self.decay_steps);
        let left = self.decay_type.left(decaying as f64 / self.decay_steps as f64);
        base * ((1.0 - self.min_lr_ratio) * left + self.min_lr_ratio)
    }
}
