//! Cosine annealing with warm restarts: Loshchilov and Hutter 2016. `CosineAnnealingWarmRestarts` of PyTorch, and
//! `CosineDecayRestarts` of Keras, whose cycles become lower as well.

use super::math::{half_wave, power};
use super::rules::{require_count, require_rate};
use super::{Per, Schedule};
use crate::error::{Result, require, require_not_negative};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// `eta_min + (lr - eta_min) (1 + cos(pi T_cur / T_i)) / 2`, with `T_i = T_0 T_mult^i` the length of cycle i and
    /// `T_cur` the time within it; names and defaults as in PyTorch.
    #[allow(non_snake_case, reason = "PyTorch's spelling")]
    pub struct CosineAnnealingWarmRestarts {
        /// Length of the first cycle.
        pub T_0: u64 = 10,
        /// Each cycle is so many times as long as the one before.
        pub T_mult: u64 = 1,
        /// The rate that a cycle approaches.
        pub eta_min: f64 = 0.0,
        /// What t counts.
        pub per: Per = Per::Epoch,
    }
}

impl CosineAnnealingWarmRestarts {
    /// The share of its cycle that is over at `t`.
    fn fraction(&self, t: u64) -> f64 {
        let (mut elapsed, mut length) = (t, self.T_0);
        if self.T_mult == 1 {
            elapsed %= length;
        }
        while elapsed >= length {
            elapsed -= length;
            length = length.saturating_mul(self.T_mult);
        }
        elapsed as f64 / length as f64
    }
}

impl Schedule for CosineAnnealingWarmRestarts {
    fn validate(&self) -> Result<()> {
        require_count("T_0", self.T_0)?;
        require_count("T_mult", self.T_mult)?;
        require_not_negative("eta_min", self.eta_min)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        self.eta_min + (base - self.eta_min) * half_wave(self.fraction(t))
    }
}

hyper_parameters! {
    /// `initial ((1 - alpha) m_mul^i (1 + cos(pi x)) / 2 + alpha)`, with x the share of cycle i that is over; names and
    /// defaults as in Keras.
    pub struct CosineDecayRestarts {
        /// The rate at first; `None`: the optimizer's.
        pub initial_learning_rate: Option<f64> = None,
        /// Length of the first cycle.
        pub first_decay_steps: u64 = 1000,
        /// Each cycle is so many times as long as the one before.
        pub t_mul: f64 = 2.0,
        /// Each cycle is so many times as high as the one before.
        pub m_mul: f64 = 1.0,
        /// The rate that a cycle approaches, in terms of the initial rate.
        pub alpha: f64 = 0.0,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl CosineDecayRestarts {
    /// Number of the cycle, and the share of it that is over, at `t`.
    fn cycle(&self, t: u64) -> (f64, f64) {
        let elapsed = t as f64 / self.first_decay_steps as f64;
        if self.t_mul == 1.0 {
            return (elapsed.floor(), elapsed.fract());
        }
        // Cycle i begins at (t_mul^i - 1) / (t_mul - 1). The logarithm may be off by a rounding at a beginning.
        let begin = |i: f64| (power(self.t_mul, i) - 1.0) / (self.t_mul - 1.0);
        let mut i = ((1.0 + elapsed * (self.t_mul - 1.0)).ln() / self.t_mul.ln()).round();
        while i > 0.0 && begin(i) > elapsed {
            i -= 1.0;
        }
        while begin(i + 1.0) <= elapsed {
            i += 1.0;
        }
        (i, (elapsed - begin(i)) / power(self.t_mul, i))
    }
}

impl Schedule for CosineDecayRestarts {
    fn validate(&self) -> Result<()> {
        require_rate("initial_learning_rate", self.initial_learning_rate)?;
        require_count("first_decay_steps", self.first_decay_steps)?;
        require(self.t_mul >= 1.0 && self.t_mul.is_finite(), "t_mul", ">= 1 and finite", self.t_mul)?;
        require_not_negative("m_mul", self.m_mul)?;
        require_not_negative("alpha", self.alpha)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let (i, fraction) = self.cycle(t);
        let wave = power(self.m_mul, i) * half_wave(fraction);
        self.initial_learning_rate.unwrap_or(base) * ((1.0 - self.alpha) * wave + self.alpha)
    }
}
