//! What a caller asks for.

use serde::Deserialize;

use crate::error::{Result, require, require_not_negative};
use crate::hyper::choice;
use crate::linear::losses::{Loss, LossConfig};
use crate::training::Score;

choice! {
    /// How far a step goes.
    pub enum Rate {
        /// `eta0`
        Constant = "constant",
        /// `1 / (alpha (t + t0))` (Bottou, 2012), where t0 is such that the first steps are not larger than weights are.
        Optimal = "optimal",
        /// `eta0 / t^power_t`
        InvScaling = "invscaling",
        /// `eta0`, and a fifth of it whenever there is no improvement.
        Adaptive = "adaptive",
        /// Passive-aggressive I (Crammer et al., 2006): as far as the sample asks for, and at most `eta0`.
        Pa1 = "pa1",
        /// Passive-aggressive II: the squared loss in place of a bound.
        Pa2 = "pa2",
    }
}

impl Rate {
    /// Whether the sample itself says how far to go.
    pub(super) fn is_passive_aggressive(self) -> bool {
        matches!(self, Self::Pa1 | Self::Pa2)
    }
}

choice! {
    /// What keeps the weights small.
    pub enum Penalty {
        /// Nothing.
        None = "none",
        /// Half the sum of squares: the weights decay.
        L2 = "l2",
        /// The sum of magnitudes, by a cumulative penalty.
        L1 = "l1",
        /// Both.
        ElasticNet = "elasticnet",
    }
}

/// Training sample by sample, as scikit-learn does it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SgdConfig {
    /// The loss.
    pub loss: LossConfig,
    /// The penalty.
    pub penalty: Penalty,
    /// Strength of the penalty; in a one-class machine, nu.
    pub alpha: f64,
    /// Share of L1 in the elastic net.
    pub l1_ratio: f64,
    /// The rate.
    pub learning_rate: Rate,
    /// First rate, or aggressiveness.
    pub eta0: f64,
    /// Power of the time in `invscaling`.
    pub power_t: f64,
    /// Whether the intercept is trained.
    pub fit_intercept: bool,
    /// Factor of the intercept's steps; below 1 for sparse data, where an intercept moves at each sample.
    pub intercept_decay: f64,
    /// Whether it is a one-class machine: its intercept is pulled down by `alpha`.
    pub one_class: bool,
    /// Most epochs.
    pub max_iter: u64,
    /// What counts as an improvement; `None` trains all epochs.
    pub tol: Option<f64>,
    /// Epochs without improvement that end the training.
    pub n_iter_no_change: u64,
    /// Whether the order changes from epoch to epoch.
    pub shuffle: bool,
    /// The step from which weights are averaged; 0 for never.
    pub average: u64,
    /// Number of the first step.
    pub t: f64,
    /// The score that decides about an improvement, over rows held out; `None` takes the objective.
    pub score: Option<Score>,
    /// Whether each epoch is reported.
    pub verbose: bool,
    /// Whether to score and keep weights as scikit-learn does: see [`super`].
    pub like_sklearn: bool,
}

impl SgdConfig {
    /// Checks what could not be computed with.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        self.loss.validate()?;
        require_not_negative("alpha", self.alpha)?;
        require((0.0..=1.0).contains(&self.l1_ratio), "l1_ratio", "in [0, 1]", self.l1_ratio)?;
        if self.learning_rate == Rate::Optimal {
            require(self.alpha > 0.0, "alpha", "> 0 with learning_rate='optimal'", self.alpha)?;
        }
        // As the aggressiveness of a passive-aggressive rate it may be infinite: there is no bound then.
        require(self.eta0 > 0.0, "eta0", "> 0", self.eta0)?;
        require(self.power_t.is_finite(), "power_t", "finite", self.power_t)?;
        require(self.max_iter >= 1, "max_iter", ">= 1", self.max_iter)?;
        require(!self.tol.is_some_and(f64::is_nan), "tol", "a number or None", self.tol)?;
        require(self.t >= 1.0 && self.t.is_finite(), "t", ">= 1 and finite", self.t)
    }

    /// The share of L1 in the penalty.
    pub(super) fn l1_share(&self) -> f64 {
        match self.penalty {
            Penalty::L1 => 1.0,
            Penalty::L2 => 0.0,
            Penalty::None | Penalty::ElasticNet => self.l1_ratio,
        }
    }

    /// Whether loss and penalty are summed: someone has to ask for the sum.
    pub(super) fn sums_objective(&self) -> bool {
        self.verbose || (self.score.is_none() && self.tol.is_some())
    }

    /// Whether averaged weights are what training results in, once `seen` samples have been gone through.
    pub(super) fn has_average(&self, seen: u64) -> bool {
        self.average > 0 && self.average as f64 <= self.t + seen as f64 - 1.0
    }
}

/// One of several trainings over the same rows: a class against the rest, or the only one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    /// The class that is the positive one, among those in `y`; `None` where `y` holds the targets themselves.
    pub class: Option<f64>,
    /// Seed of the order.
    pub seed: u32,
    /// Weight of samples with positive targets.
    pub weight_pos: f64,
    /// Weight of the others.
    pub weight_neg: f64,
}
