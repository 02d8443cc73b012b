//! The losses of solvers that need smooth ones: SAG, SAGA, and those that look at all rows.

use serde::Deserialize;
use thalweg_kernels::Real;

use crate::data::Dataset;
use crate::error::{Result, require};

/// A loss with a Lipschitz-continuous slope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmoothLoss {
    /// The log-loss of two classes, `log(1 + exp(p)) - y p`; y is 0 or 1.
    Log,
    /// Half the squared error, summed over outputs.
    Squared,
    /// The log-loss of several classes, `log(sum of exp(p_k)) - p_y`; y is the number of the class.
    Multinomial,
}

impl SmoothLoss {
    /// Checks the targets, and how many outputs there are for them.
    ///
    /// # Errors
    /// Naming what is wrong.
    pub fn check<T: Real>(self, outputs: usize, data: &Dataset<'_, T>) -> Result<()> {
        self.check_widths(outputs, data)?;
        let classes = match self {
            Self::Squared => return Ok(()),
            Self::Log => 2,
            Self::Multinomial => outputs,
        };
        let (limit, is_whole) = (classes as f64, |y: f64| self == Self::Log || y.fract() == 0.0);
        let fits = |y: f64| y >= 0.0 && y <= limit - 1.0 && is_whole(y);
        let wrong = data.y().data()[..data.len()].iter().find(|y| !fits(y.wide()));
        wrong.map_or(Ok(()), |y| require(false, "y", format_args!("classes, in [0, {}]", classes - 1), y))
    }

    /// Checks the number of outputs and of targets.
    pub(super) fn check_widths<T: Real>(self, outputs: usize, data: &Dataset<'_, T>) -> Result<()> {
        let targets = if self == Self::Squared { outputs } else { 1 };
        data.check_widths(data.x().cols(), targets)?;
        match self {
            Self::Log => require(outputs == 1, "outputs", "1 for two classes", outputs),
            Self::Multinomial => require(outputs >= 2, "outputs", "the number of classes, 2 or more", outputs),
            Self::Squared => require(outputs >= 1, "outputs", "1 or more", outputs),
        }
    }
}
