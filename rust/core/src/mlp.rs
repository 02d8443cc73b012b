//! The configuration of a multi-layer perceptron: what a caller asks for, parsed by serde and checked before anything runs.

use serde::Deserialize;

use crate::activations::{Hidden, Output};
use crate::error::{Result, require};
use crate::gradients::GradientConfig;
use crate::losses::Loss;
use crate::network::Architecture;
use crate::optimizers::{Optimizer, OptimizerConfig};
use crate::schedules::{Direction, ScheduleConfig};
use crate::training::{Progress, Score};

/// The loss by the name that a caller gives; which [`Loss`] it is depends on the output activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LossName {
    /// For regression.
    SquaredError,
    /// For regression of counts and rates.
    Poisson,
    /// For classification.
    LogLoss,
}

impl LossName {
    /// The pairs of loss and output activation that belong together: there the slope is `output - y`.
    pub const PAIRS: [(Self, Output, Loss); 4] = [
        (Self::SquaredError, Output::Identity, Loss::SquaredError),
        (Self::Poisson, Output::Exp, Loss::Poisson),
        (Self::LogLoss, Output::Logistic, Loss::BinaryLogLoss),
        (Self::LogLoss, Output::Softmax, Loss::CategoricalLogLoss),
    ];

    /// The loss for an output activation.
    ///
    /// # Errors
    /// When the two do not belong together.
    pub fn with(self, output: Output) -> Result<Loss> {
        let found = Self::PAIRS.into_iter().find(|(loss, paired, _)| (*loss, *paired) == (self, output));
        let fitting: Vec<_> = Self::PAIRS.iter().filter(|pair| pair.0 == self).map(|pair| pair.1.name()).collect();
        let rule = format_args!("one of {fitting:?} for this loss");
        require(found.is_some(), "output", rule, output.name())?;
        Ok(found.map_or(Loss::SquaredError, |(_, _, loss)| loss))
    }
}

/// Everything that training by mini-batches needs to know.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MlpConfig {
    /// Features, units of each hidden layer, outputs.
    pub units: Vec<usize>,
    /// After each hidden layer.
    pub activation: Hidden,
    /// After the last layer.
    pub output: Output,
    /// What is minimised.
    pub loss: LossName,
    /// Weight of the penalty `alpha / 2 * |W|^2`, which is divided by the batch's weight.
    pub alpha: f64,
    /// Rows in a batch; clipped to the number of rows.
    pub batch_size: usize,
    /// Epochs to run at most.
    pub max_iter: usize,
    /// What counts as an improvement.
    pub tol: f64,
    /// Epochs without improvement after which training stops or the rate is reduced; `None`: never.
    pub n_iter_no_change: Option<u64>,
    /// What a gradient does to the parameters.
    pub solver: OptimizerConfig,
    /// As `solver`, for the biases where they have hyper-parameters of their own.
    #[serde(default)]
    pub bias_solver: Option<OptimizerConfig>,
    /// What becomes of the learning rate.
    pub schedule: ScheduleConfig,
    /// What is done to each gradient before the solver sees it, in this order.
    #[serde(default)]
    pub gradient_transforms: Vec<GradientConfig>,
    /// Whether penalties among the transforms apply to the biases too.
    #[serde(default)]
    pub penalise_biases: bool,
    /// How predictions on validation rows are judged.
    pub score: Option<Score>,
    /// Where earlier calls have left off.
    #[serde(default)]
    pub progress: Progress,
}

impl MlpConfig {
    /// The shape of the network.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        Architecture { units: self.units.clone(), activation: self.activation, output: self.output }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        validate_model(&self.architecture(), self.loss, self.alpha)?;
        require(self.batch_size > 0, "batch_size", "at least 1", self.batch_size)?;
        require(self.max_iter > 0, "max_iter", "at least 1", self.max_iter)?;
        require(self.tol >= 0.0, "tol", ">= 0", self.tol)?;
        require(self.n_iter_no_change != Some(0), "n_iter_no_change", "at least 1", 0)?;
        self.validate_solver()?;
        self.validate_schedule()?;
        let rule = format_args!("None with {}, which evaluates several gradients a step", self.solver.name());
        let single = !self.solver.needs().closure || self.gradient_transforms.is_empty();
        require(single, "gradient_transforms", rule, self.gradient_transforms.len())?;
        let classifies = self.loss == LossName::LogLoss;
        if let Some(score) = self.score {
            let fits = classifies == (score == Score::Accuracy);
            require(fits, "score", "'accuracy' for log_loss, 'r2' for other losses", score.name())?;
        }
        Ok(())
    }

    fn validate_solver(&self) -> Result<()> {
        self.solver.validate()?;
        let (needs, name) = (self.solver.needs(), self.solver.name());
        let rule = "an optimizer of dense gradients, such as Adam, for a network's are dense";
        require(!needs.rows, "solver", rule, name)?;
        let rule = "an optimizer that takes a second gradient, or evaluates several a step, and not both";
        require(!(needs.curvature && needs.closure), "solver", rule, name)?;
        let clips = self.gradient_transforms.iter().any(|it| matches!(it, GradientConfig::ClipPerExample(_)));
        let rule = format_args!("without ClipPerExample for {name}, whose second gradient has no bound");
        require(!(needs.curvature && clips), "gradient_transforms", rule, self.gradient_transforms.len())
    }

    fn validate_schedule(&self) -> Result<()> {
        let schedule = self.schedule.rule();
        schedule.validate()?;
        let has_momentum = self.solver.clone().momentum_mut().is_some();
        let rule = format_args!("False with {}, which has no momentum", self.solver.name());
        require(has_momentum || !schedule.moves_momentum(), "cycle_momentum", rule, true)?;
        if let ScheduleConfig::ReduceLROnPlateau(plateau) = &self.schedule {
            require(plateau.mode == Direction::Min, "mode", "'min', for it is a loss that is watched", "max")?;
        }
        Ok(())
    }
}

/// What an objective needs to know.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectiveConfig {
    /// Features, units of each hidden layer, outputs.
    pub units: Vec<usize>,
    /// After each hidden layer.
    pub activation: Hidden,
    /// After the last layer.
    pub output: Output,
    /// What is minimised.
    pub loss: LossName,
    /// Weight of the penalty `alpha / 2 * |W|^2`, which is divided by the sum of the weights.
    pub alpha: f64,
}

impl ObjectiveConfig {
    /// The shape of the network.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        Architecture { units: self.units.clone(), activation: self.activation, output: self.output }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        validate_model(&self.architecture(), self.loss, self.alpha)
    }
}

fn validate_model(architecture: &Architecture, loss: LossName, alpha: f64) -> Result<()> {
    architecture.validate()?;
    loss.with(architecture.output)?;
    let single = architecture.output == Output::Softmax && architecture.outputs() == 1;
    require(!single, "output", "'logistic' where there is one output", architecture.output.name())?;
    require(alpha >= 0.0 && alpha.is_finite(), "alpha", ">= 0 and finite", alpha)
}
