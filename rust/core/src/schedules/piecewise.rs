//! Rates by pieces: given values (`PiecewiseConstantDecay` of Keras), or factors at given times with a way between them
//! (`PiecewiseInterpolate`, for optax's piecewise and one-cycle schedules).

use super::math::Anneal;
use super::rules::{require_all, require_ascending, require_rate};
use super::{Per, Schedule};
use crate::error::{Result, require};
use crate::hyper::{choice, hyper_parameters};

hyper_parameters! {
    /// `values[i]`, where i is the number of boundaries below t: a boundary itself still has the value before it. Names
    /// as in Keras.
    pub struct PiecewiseConstantDecay {
        /// The last t of each value but the last one.
        pub boundaries: Vec<u64> = vec![30, 80],
        /// The rates, one more than boundaries.
        pub values: Vec<f64> = vec![0.1, 0.01, 0.001],
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for PiecewiseConstantDecay {
    fn validate(&self) -> Result<()> {
        require_ascending("boundaries", &self.boundaries)?;
        require_all("values", &self.values)?;
        let rule = format_args!("{} rates, one more than `boundaries`", self.boundaries.len() + 1);
        require(self.values.len() == self.boundaries.len() + 1, "values", rule, self.values.len())
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, _base: f64) -> f64 {
        self.values[self.boundaries.partition_point(|boundary| *boundary < t)]
    }
}

choice! {
    /// What lies between two boundaries.
    pub enum Between {
        /// The value at the first of them.
        Constant = "constant",
        /// A straight line.
        Linear = "linear",
        /// Half a wave of the cosine.
        Cosine = "cosine",
    }
}

hyper_parameters! {
    /// From `init_value`, a product of factors, each reached at its boundary; names as in optax.
    pub struct PiecewiseInterpolate {
        /// What lies between two boundaries.
        pub interpolate_type: Between = Between::Cosine,
        /// The rate at first; `None`: the optimizer's.
        pub init_value: Option<f64> = None,
        /// When each factor is reached.
        pub boundaries: Vec<u64> = vec![30, 80],
        /// The factors.
        pub scales: Vec<f64> = vec![0.5, 0.1],
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl Schedule for PiecewiseInterpolate {
    fn validate(&self) -> Result<()> {
        require_rate("init_value", self.init_value)?;
        require_ascending("boundaries", &self.boundaries)?;
        require_all("scales", &self.scales)?;
        let rule = format_args!("{} factors, as many as `boundaries`", self.boundaries.len());
        require(self.scales.len() == self.boundaries.len(), "scales", rule, self.scales.len())
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, base: f64) -> f64 {
        let reached = self.boundaries.partition_point(|boundary| *boundary <= t);
        let start = self.scales[..reached].iter().fold(self.init_value.unwrap_or(base), |value, scale| value * scale);
        let anneal = match self.interpolate_type {
            Between::Constant => return start,
            Between::Linear => Anneal::Linear,
            Between::Cosine => Anneal::Cos,
        };
        let Some(next) = self.boundaries.get(reached) else { return start };
        let last = if reached == 0 { 0 } else { self.boundaries[reached - 1] };
        let fraction = (t - last) as f64 / (next - last) as f64;
        anneal.between(start, start * self.scales[reached], fraction)
    }
}
