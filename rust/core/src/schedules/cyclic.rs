//! Cyclical rates: Smith 2015. Up and down between two rates, and the momentum the other way round.

use super::math::power;
use super::rules::{require_all, require_count, require_momentum};
use super::{Per, Schedule};
use crate::error::{Result, require, require_not_negative};
use crate::hyper::{choice, hyper_parameters};

choice! {
    /// What becomes of the height of the cycles.
    pub enum Mode {
        /// It stays.
        Triangular = "triangular",
        /// Half of it in each further cycle.
        Triangular2 = "triangular2",
        /// `gamma^t` of it.
        ExpRange = "exp_range",
    }
}

choice! {
    /// By what a height of the caller's own is counted.
    pub enum ScaleMode {
        /// By the number of the cycle, from 1.
        Cycle = "cycle",
        /// By t.
        Iterations = "iterations",
    }
}

hyper_parameters! {
    /// Triangles between `base_lr` and `max_lr`; names and defaults as in PyTorch. The optimizer's rate does not matter.
    pub struct CyclicLR {
        /// The lower rate.
        pub base_lr: f64 = 1e-3,
        /// The upper rate.
        pub max_lr: f64 = 1e-2,
        /// Steps up.
        pub step_size_up: u64 = 2000,
        /// Steps down; as many as up where there is none.
        pub step_size_down: Option<u64> = None,
        /// What becomes of the height of the cycles.
        pub mode: Mode = Mode::Triangular,
        /// For `exp_range`.
        pub gamma: f64 = 1.0,
        /// Heights in place of the mode's, from the first cycle or iteration on; the last is kept.
        pub scales: Vec<f64> = Vec::new(),
        /// What the heights belong to.
        pub scale_mode: ScaleMode = ScaleMode::Cycle,
        /// Whether the momentum goes the other way round.
        pub cycle_momentum: bool = true,
        /// The lower momentum, where the rate is highest.
        pub base_momentum: f64 = 0.8,
        /// The upper momentum.
        pub max_momentum: f64 = 0.9,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

impl CyclicLR {
    /// Where in the triangle `t` is, from 0 at the foot to 1 at the top, times the height of the cycle.
    fn height(&self, t: u64) -> f64 {
        let up = self.step_size_up;
        let total = up.saturating_add(self.step_size_down.unwrap_or(up));
        let (cycle, elapsed) = (t / total, t % total);
        let height =
            if elapsed <= up { elapsed as f64 / up as f64 } else { (total - elapsed) as f64 / (total - up) as f64 };
        height * self.scale(t, cycle)
    }

    fn scale(&self, t: u64, cycle: u64) -> f64 {
        if let Some(last) = self.scales.len().checked_sub(1) {
            let i = if self.scale_mode == ScaleMode::Cycle { cycle } else { t };
            return self.scales[usize::try_from(i).map_or(last, |i| i.min(last))];
        }
        match self.mode {
            Mode::Triangular => 1.0,
            Mode::Triangular2 => power(0.5, cycle as f64),
            Mode::ExpRange => power(self.gamma, t as f64),
        }
    }
}

impl Schedule for CyclicLR {
    fn validate(&self) -> Result<()> {
        require_not_negative("base_lr", self.base_lr)?;
        let above = self.max_lr >= self.base_lr && self.max_lr.is_finite();
        require(above, "max_lr", format_args!("finite and at least `base_lr` = {:?}", self.base_lr), self.max_lr)?;
        require_count("step_size_up", self.step_size_up)?;
        require_count("step_size_down", self.step_size_down.unwrap_or(1))?;
        require_not_negative("gamma", self.gamma)?;
        require_all("scales", &self.scales)?;
        if self.cycle_momentum {
            // A cycle higher than the first would lead below the lower momentum, and below 0.
            let rule = "at most 1 with `cycle_momentum`";
            require(self.gamma <= 1.0, "gamma", rule, self.gamma)?;
            let scales = self.scales.iter().all(|scale| *scale <= 1.0);
            require(scales, "scales", rule, &self.scales)?;
        }
        require_momentum("base_momentum", self.base_momentum)?;
        require_momentum("max_momentum", self.max_momentum)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, _base: f64) -> f64 {
        self.base_lr + (self.max_lr - self.base_lr) * self.height(t)
    }

    fn momentum_at(&self, t: u64) -> Option<f64> {
        let momentum = self.max_momentum - (self.max_momentum - self.base_momentum) * self.height(t);
        self.cycle_momentum.then_some(momentum)
    }
}
