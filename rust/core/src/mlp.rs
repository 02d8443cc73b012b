//! The configuration of a multi-layer perceptron: what a caller asks for, parsed by serde and checked before anything runs.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::activations::{Hidden, Output};
use crate::error::{Result, require, require_not_negative};
use crate::gradients::GradientConfig;
use crate::linear::losses::{Link, Loss as _, LossConfig, Targets};
use crate::losses::Loss;
use crate::network::Architecture;
use crate::optimizers::{Optimizer, OptimizerConfig};
use crate::penalty::Penalty;
use crate::precision::Precision;
use crate::schedules::{Direction, ScheduleConfig};
use crate::training::{Progress, Reading, Score};

/// The loss by the name that a caller gives; which [`Loss`] it is depends on the output activation.
#[derive(Clone, Debug, PartialEq)]
pub enum LossName {
    /// For regression.
    SquaredError,
    /// For regression of counts and rates.
    Poisson,
    /// For classification.
    LogLoss,
    /// A loss of linear models, given with its hyper-parameters.
    Linear(LossConfig),
}

/// The losses that a caller gives by name alone.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Named {
    SquaredError,
    Poisson,
    LogLoss,
}

impl<'de> Deserialize<'de> for LossName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrMember)
    }
}

/// A name, or a member of the losses of linear models.
struct NameOrMember;

impl<'de> Visitor<'de> for NameOrMember {
    type Value = LossName;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a loss, or a loss of linear models")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> std::result::Result<LossName, E> {
        Ok(match Named::deserialize(name.into_deserializer())? {
            Named::SquaredError => LossName::SquaredError,
            Named::Poisson => LossName::Poisson,
            Named::LogLoss => LossName::LogLoss,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> std::result::Result<LossName, A::Error> {
        let loss = LossConfig::deserialize(MapAccessDeserializer::new(map))?;
        loss.validate().map_err(A::Error::custom)?;
        Ok(LossName::Linear(loss))
    }
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
    pub fn with(&self, output: Output) -> Result<Loss> {
        if let Self::Linear(loss) = self {
            require(output == Output::Identity, "output", "'identity' for the losses of linear models", output.name())?;
            return Ok(Loss::Linear(loss.clone()));
        }
        let found = Self::PAIRS.into_iter().find(|(loss, paired, _)| (loss, *paired) == (self, output));
        let fitting: Vec<_> = Self::PAIRS.iter().filter(|pair| pair.0 == *self).map(|pair| pair.1.name()).collect();
        let rule = format_args!("one of {fitting:?} for this loss");
        require(found.is_some(), "output", rule, output.name())?;
        Ok(found.map_or(Loss::SquaredError, |(_, _, loss)| loss))
    }

    /// Whether a score is one of what the loss predicts. The losses of regression, whose targets are any numbers, also tell
    /// classes apart.
    #[must_use]
    pub fn fits(&self, score: Score) -> bool {
        let classifies = match self {
            Self::LogLoss => true,
            Self::SquaredError | Self::Poisson => false,
            Self::Linear(loss) if loss.targets() == Targets::Real && loss.link() == Link::Identity => return true,
            Self::Linear(loss) => matches!(loss.targets(), Targets::Signs | Targets::Bits),
        };
        classifies == (score == Score::Accuracy)
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
    /// Of the operands of its products.
    #[serde(default)]
    pub precision: Precision,
    /// What is minimised.
    pub loss: LossName,
    /// Weight of the penalty `alpha / 2 * |W|^2`, which is divided by the batch's weight.
    pub alpha: f64,
    /// Weight of the penalty `l1 * |W|_1`, which is divided by the batch's weight.
    #[serde(default)]
    pub l1: f64,
    /// Whether the penalties stand beside the mean loss and are not divided.
    #[serde(default)]
    pub penalise_mean: bool,
    /// Whether the biases of a single layer stay what they are.
    #[serde(default)]
    pub holds_biases: bool,
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
        let (activation, output, precision) = (self.activation, self.output, self.precision);
        Architecture { units: self.units.clone(), activation, output, precision }
    }

    /// The penalty on the weights.
    #[must_use]
    pub fn penalty(&self) -> Penalty {
        Penalty { l2: self.alpha, l1: self.l1, of_mean: self.penalise_mean }
    }

    /// What the outputs say to whoever judges them by `score`.
    #[must_use]
    pub fn reading(&self, score: Score) -> Reading {
        let several = self.units.last().is_some_and(|outputs| *outputs > 1);
        match (&self.loss, score) {
            (LossName::Linear(loss), Score::R2) if loss.link() == Link::Log => Reading::Logarithm,
            (_, Score::R2) => Reading::Mean,
            (LossName::Linear(_), Score::Accuracy) if !several => Reading::Above(0.0),
            (LossName::Linear(_), Score::Accuracy) => Reading::Largest,
            (_, Score::Accuracy) if self.output == Output::Softmax => Reading::Largest,
            (_, Score::Accuracy) => Reading::Above(0.5),
        }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        validate_model(&self.architecture(), &self.loss, self.alpha)?;
        require_not_negative("l1", self.l1)?;
        require(self.batch_size > 0, "batch_size", "at least 1", self.batch_size)?;
        require(self.max_iter > 0, "max_iter", "at least 1", self.max_iter)?;
        require(self.tol >= 0.0, "tol", ">= 0", self.tol)?;
        require(self.n_iter_no_change != Some(0), "n_iter_no_change", "at least 1", 0)?;
        self.validate_solver()?;
        self.validate_schedule()?;
        let rule = format_args!("None with {}, which evaluates several gradients a step", self.solver.name());
        let single = !self.solver.needs().closure || self.gradient_transforms.is_empty();
        require(single, "gradient_transforms", rule, self.gradient_transforms.len())?;
        if let Some(score) = self.score {
            require(self.loss.fits(score), "score", "'accuracy' for losses of classes, 'r2' for others", score.name())?;
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
        // A solver that compares values closely has them as exact as they can be.
        let precision = Precision::Native;
        Architecture { units: self.units.clone(), activation: self.activation, output: self.output, precision }
    }

    /// Checks every value.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    pub fn validate(&self) -> Result<()> {
        validate_model(&self.architecture(), &self.loss, self.alpha)
    }
}

fn validate_model(architecture: &Architecture, loss: &LossName, alpha: f64) -> Result<()> {
    architecture.validate()?;
    loss.with(architecture.output)?;
    let single = architecture.output == Output::Softmax && architecture.outputs() == 1;
    require(!single, "output", "'logistic' where there is one output", architecture.output.name())?;
    require(alpha >= 0.0 && alpha.is_finite(), "alpha", ">= 0 and finite", alpha)
}
