//! One cycle: Smith and Topin 2017. Up to a large rate and down to a tiny one, and the momentum the other way round.

use super::math::Anneal;
use super::rules::{require_count, require_fraction, require_momentum};
use super::{Per, Schedule};
use crate::error::{Result, require, require_not_negative, require_positive};
use crate::hyper::hyper_parameters;

hyper_parameters! {
    /// Two phases, or three; names and defaults as in PyTorch. The optimizer's rate does not matter.
    pub struct OneCycleLR {
        /// The largest rate.
        pub max_lr: f64 = 0.1,
        /// Steps in all; may be given as epochs and steps in each.
        pub total_steps: Option<u64> = Some(100),
        /// Epochs, where `total_steps` is not given.
        pub epochs: Option<u64> = None,
        /// Steps in an epoch, where `total_steps` is not given.
        pub steps_per_epoch: Option<u64> = None,
        /// Share of the steps that lead up.
        pub pct_start: f64 = 0.3,
        /// Along which curve.
        pub anneal_strategy: Anneal = Anneal::Cos,
        /// Whether the momentum goes the other way round.
        pub cycle_momentum: bool = true,
        /// The lower momentum, where the rate is highest.
        pub base_momentum: f64 = 0.85,
        /// The upper momentum.
        pub max_momentum: f64 = 0.95,
        /// The first rate is `max_lr / div_factor`.
        pub div_factor: f64 = 25.0,
        /// The last rate is the first divided by this.
        pub final_div_factor: f64 = 1e4,
        /// Down to the first rate as fast as up, and only then to the last.
        pub three_phase: bool = false,
        /// What t counts.
        pub per: Per = Per::Step,
    }
}

/// Levels between which a phase moves.
#[derive(Clone, Copy)]
struct Level {
    rate: f64,
    momentum: f64,
}

impl OneCycleLR {
    fn total(&self) -> u64 {
        let product = || self.epochs.unwrap_or(0).saturating_mul(self.steps_per_epoch.unwrap_or(0));
        self.total_steps.unwrap_or_else(product)
    }

    /// Rate and momentum at `t`; from the last step on, those of the last step.
    fn level(&self, t: u64) -> Level {
        let initial = Level { rate: self.max_lr / self.div_factor, momentum: self.max_momentum };
        let peak = Level { rate: self.max_lr, momentum: self.base_momentum };
        let last = Level { rate: initial.rate / self.final_div_factor, momentum: self.max_momentum };
        let total = self.total() as f64;
        let top = self.pct_start * total - 1.0;
        let end = total - 1.0;
        // PyTorch's phases end between the steps where the products are no whole numbers.
        let phases = if self.three_phase {
            [(top, initial, peak), (2.0 * self.pct_start * total - 2.0, peak, initial), (end, initial, last)]
        } else {
            [(top, initial, peak), (end, peak, last), (end, last, last)]
        };
        let t = (t as f64).min(end);
        let mut begin = 0.0;
        for (phase_end, from, to) in phases {
            if t <= phase_end && begin < phase_end {
                let fraction = (t - begin) / (phase_end - begin);
                let between = |from, to| self.anneal_strategy.between(from, to, fraction);
                return Level { rate: between(from.rate, to.rate), momentum: between(from.momentum, to.momentum) };
            }
            begin = phase_end;
        }
        last
    }
}

impl Schedule for OneCycleLR {
    fn validate(&self) -> Result<()> {
        require_not_negative("max_lr", self.max_lr)?;
        if self.total_steps.is_none() {
            let given = self.epochs.is_some() && self.steps_per_epoch.is_some();
            require(given, "total_steps", "given, or else `epochs` and `steps_per_epoch`", format_args!("None"))?;
            require_count("epochs", self.epochs.unwrap_or(0))?;
            require_count("steps_per_epoch", self.steps_per_epoch.unwrap_or(0))?;
        }
        require_count("total_steps", self.total())?;
        require_fraction("pct_start", self.pct_start)?;
        if self.three_phase {
            let rule = "at most 0.5 with `three_phase`";
            require(self.pct_start <= 0.5, "pct_start", rule, self.pct_start)?;
        }
        require_momentum("base_momentum", self.base_momentum)?;
        require_momentum("max_momentum", self.max_momentum)?;
        require_positive("div_factor", self.div_factor)?;
        require_positive("final_div_factor", self.final_div_factor)
    }

    fn per(&self) -> Option<Per> {
        Some(self.per)
    }

    fn rate_at(&self, t: u64, _base: f64) -> f64 {
        self.level(t).rate
    }

    fn momentum_at(&self, t: u64) -> Option<f64> {
        self.cycle_momentum.then(|| self.level(t).momentum)
    }

    fn end(&self) -> Option<u64> {
        Some(self.total())
    }
}
