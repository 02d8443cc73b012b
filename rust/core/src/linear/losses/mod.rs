//! Losses of linear models: takes the target and the prediction of one sample, yields the value and the slope. One file a
//! member or a few relatives; the registry is [`LossConfig`], one line a member.
//!
//! The prediction p is what the model computes, `x w + b`, before any link. Values and slopes are in float64 whatever the
//! data is, and in functions of our own, so that no platform shows.
//!
//! Everything here is inlined into the loop over samples, where a multiply-add is one instruction.

mod absolute_error;
mod epsilon_insensitive;
mod exponential;
mod hinge;
mod huber;
mod log_cosh;
mod log_loss;
mod modified_huber;
mod perceptron;
mod quantile;
mod smooth_hinge;
mod squared_epsilon_insensitive;
mod squared_error;
mod squared_hinge;

use thalweg_kernels::Real;
use thalweg_kernels::reference::{exp, log};

use crate::error::Result;
use crate::hyper::registry;

pub use absolute_error::AbsoluteError;
pub use epsilon_insensitive::EpsilonInsensitive;
pub use exponential::{Gamma, Poisson, Tweedie};
pub use hinge::Hinge;
pub use huber::Huber;
pub use log_cosh::LogCosh;
pub use log_loss::LogLoss;
pub use modified_huber::ModifiedHuber;
pub use perceptron::Perceptron;
pub use quantile::Quantile;
pub use smooth_hinge::SmoothHinge;
pub use squared_epsilon_insensitive::SquaredEpsilonInsensitive;
pub use squared_error::SquaredError;
pub use squared_hinge::SquaredHinge;

/// Which targets a loss is defined for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Targets {
    /// Classes as -1 and 1.
    Signs,
    /// Classes as 0 and 1, and what lies between.
    Bits,
    /// Any number.
    Real,
    /// Numbers of 0 and above.
    NotNegative,
    /// Numbers above 0.
    Positive,
}

/// What makes a prediction of the mean out of `x w + b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// It is the mean, or a decision.
    Identity,
    /// The mean is `exp(p)`.
    Log,
}

/// A loss of one prediction.
pub trait Loss {
    /// Checks the hyper-parameters.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    fn validate(&self) -> Result<()> {
        Ok(())
    }

    /// The targets that it is defined for.
    fn targets(&self) -> Targets;

    /// From the prediction to the mean.
    fn link(&self) -> Link {
        Link::Identity
    }

    /// The loss of the prediction p for the target y.
    fn value(&self, y: f64, p: f64) -> f64;

    /// Its derivative by p; where it has a kink, an element of the subdifferential.
    fn slope(&self, y: f64, p: f64) -> f64;
}

registry! {
    /// The registry of losses: a member with its hyper-parameters, as a configuration tags it by `name`.
    pub enum LossConfig {
        /// Linear below a margin of 1: support vector machines.
        "hinge" => Hinge,
        /// Its square.
        "squared_hinge" => SquaredHinge,
        /// Linear below a margin of 0.
        "perceptron" => Perceptron,
        /// A squared hinge that is linear for the worst.
        "modified_huber" => ModifiedHuber,
        /// A hinge with a rounded corner.
        "smooth_hinge" => SmoothHinge,
        /// Logistic regression.
        "log_loss" => LogLoss,
        /// Half the squared error.
        "squared_error" => SquaredError,
        /// Squared, and linear far off.
        "huber" => Huber,
        /// Absolute beyond a band.
        "epsilon_insensitive" => EpsilonInsensitive,
        /// Squared beyond a band.
        "squared_epsilon_insensitive" => SquaredEpsilonInsensitive,
        /// The median.
        "absolute_error" => AbsoluteError,
        /// Any quantile.
        "quantile" => Quantile,
        /// Between squared and absolute, smooth everywhere.
        "log_cosh" => LogCosh,
        /// Counts, with a logarithmic link.
        "poisson" => Poisson,
        /// Positive amounts, with a logarithmic link.
        "gamma" => Gamma,
        /// Both and what lies between, with a logarithmic link.
        "tweedie" => Tweedie,
    }
}

impl Loss for LossConfig {
    fn validate(&self) -> Result<()> {
        any!(self, loss => loss.validate())
    }

    fn targets(&self) -> Targets {
        any!(self, loss => loss.targets())
    }

    fn link(&self) -> Link {
        any!(self, loss => loss.link())
    }

    #[inline(always)]
    fn value(&self, y: f64, p: f64) -> f64 {
        any!(self, loss => loss.value(y, p))
    }

    #[inline(always)]
    fn slope(&self, y: f64, p: f64) -> f64 {
        any!(self, loss => loss.slope(y, p))
    }
}

impl LossConfig {
    /// `values[i] = value(y[i], p[i])`: the member is looked up once, and its loop can run on vectors.
    #[inline(always)]
    pub fn values<T: Real>(&self, y: &[T], p: &[T], values: &mut [f64]) {
        any!(self, loss => for ((value, y), p) in values.iter_mut().zip(y).zip(p) {
            *value = loss.value(y.wide(), p.wide());
        });
    }

    /// `slopes[i] = slope(y[i], p[i])`, as [`Self::values`].
    #[inline(always)]
    pub fn slopes<T: Real>(&self, y: &[T], p: &[T], slopes: &mut [f64]) {
        any!(self, loss => for ((slope, y), p) in slopes.iter_mut().zip(y).zip(p) {
            *slope = loss.slope(y.wide(), p.wide());
        });
    }
}

/// `log(1 + exp(x))`, which neither overflows nor loses what is small.
#[inline(always)]
fn log_1p_exp(x: f64) -> f64 {
    let e = exp(-x.abs());
    let sum = 1.0 + e;
    // The second term is what rounding has taken from the sum.
    x.max(0.0) + (log(sum) + (e - (sum - 1.0)) / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Targets of each kind, and predictions on all branches that avoid the kinks.
    fn points(targets: Targets) -> Vec<(f64, f64)> {
        let ys: &[f64] = match targets {
            Targets::Signs => &[-1.0, 1.0],
            Targets::Bits => &[0.0, 0.3, 1.0],
            Targets::Real => &[-2.03, 0.01, 1.51],
            Targets::NotNegative => &[0.0, 0.51, 3.0],
            Targets::Positive => &[0.3, 2.01],
        };
        let ps = [-41.3, -5.2, -1.7, -0.63, -0.083, 0.041, 0.57, 1.83, 4.9, 12.3];
        ys.iter().flat_map(|&y| ps.map(|p| (y, p))).collect()
    }

    #[test]
    fn slopes_are_the_derivatives_of_the_values() {
        for loss in LossConfig::defaults() {
            for (y, p) in points(loss.targets()) {
                let h = 1e-5;
                let differences = (loss.value(y, p + h) - loss.value(y, p - h)) / (2.0 * h);
                let slope = loss.slope(y, p);
                let error = (differences - slope).abs();
                assert!(error <= 1e-5 * slope.abs().max(1.0), "{}({y}, {p}): {slope}, {differences}", loss.name());
            }
        }
    }

    #[test]
    fn values_are_not_negative_where_a_perfect_prediction_costs_nothing() {
        for loss in LossConfig::defaults().into_iter().filter(|loss| loss.link() == Link::Identity) {
            for (y, p) in points(loss.targets()) {
                assert!(loss.value(y, p) >= 0.0, "{}({y}, {p})", loss.name());
            }
        }
    }

    #[test]
    fn relatives_agree() {
        for (y, p) in points(Targets::NotNegative) {
            let tweedie = |power| Tweedie { power };
            assert_eq!(Poisson {}.value(y, p), tweedie(1.0).value(y, p));
            assert_eq!(Gamma {}.slope(y, p), tweedie(2.0).slope(y, p));
            assert!((2.0 * Quantile::default().value(y, p) - AbsoluteError {}.value(y, p)).abs() < 1e-15);
            assert_eq!(EpsilonInsensitive { epsilon: 0.0 }.slope(y, p), AbsoluteError {}.slope(y, p));
        }
    }

    #[test]
    fn the_logarithm_of_the_sigmoid_keeps_small_results() {
        for x in [-745.0, -40.0, -20.0, -1.0, 0.0, 1.0, 40.0, 800.0_f64] {
            let expected = x.max(0.0) + (-x.abs()).exp().ln_1p();
            assert!((log_1p_exp(x) - expected).abs() <= 4e-16 * expected, "{x}");
        }
    }

    #[test]
    fn wrong_hyper_parameters_are_refused() {
        let refused = |loss: LossConfig| loss.validate().unwrap_err().to_string();
        assert!(refused(LossConfig::Huber(Huber { epsilon: -1.0 })).contains("`epsilon`"));
        assert!(refused(LossConfig::Quantile(Quantile { quantile: 1.0 })).contains("`quantile` must be in (0, 1)"));
        assert!(refused(LossConfig::Tweedie(Tweedie { power: 0.5 })).contains("`power`"));
        LossConfig::defaults().iter().for_each(|loss| loss.validate().unwrap());
    }
}
