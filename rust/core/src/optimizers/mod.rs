//! Optimizers: takes a gradient and the learning rate, moves the parameters. One file a member; the registry is
//! [`OptimizerConfig`], one line a member.
//!
//! A member's file holds its hyper-parameters with defaults, their rules, the names of its buffers, and its step: scalars
//! prepared in double precision and rounded once, then one fused update over the elements ([`Step::sweep`]).

mod adam;
mod adamw;
mod sgd;
mod state;

use std::ops::Range;

use serde::Deserialize;
use thalweg_kernels::sweep::{Rule, sweep};
use thalweg_kernels::{AlignedVec, Real, Team};

use crate::error::{Result, require};
use crate::hyper::{Member, Value};

pub use adam::Adam;
pub use adamw::AdamW;
pub use sgd::Sgd;
pub use state::State;

/// A rule that turns gradients into steps.
pub trait Optimizer {
    /// Checks the hyper-parameters.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    fn validate(&self) -> Result<()>;

    /// The learning rate before any schedule.
    fn lr(&self) -> f64;

    /// Names of the buffers, each as long as the parameters and zero at first.
    fn buffers(&self) -> &'static [&'static str];

    /// The momentum, for schedules that move it: the decay of the first moment or of the velocity.
    fn momentum_mut(&mut self) -> Option<&mut f64> {
        None
    }

    /// Moves the parameters of one group.
    fn step<T: Real>(&self, step: &mut Step<'_, T>);
}

/// What one step works on: the part of each arena that a group of parameters has.
#[derive(Debug)]
pub struct Step<'a, T: Real> {
    /// Who computes.
    pub team: &'a Team,
    /// The step's number t = 1, 2, …
    pub number: u64,
    /// The learning rate of this step.
    pub rate: f64,
    /// Added to the gradient: `penalty` times the parameter.
    pub penalty: f64,
    /// Where the group lies in the arenas.
    pub range: Range<usize>,
    /// Arena of the parameters.
    pub params: &'a mut [T],
    /// Arena of the gradients, without the penalty.
    pub gradient: &'a [T],
    /// One arena for each of [`Optimizer::buffers`].
    pub buffers: &'a mut [AlignedVec<T>],
}

impl<T: Real> Step<'_, T> {
    /// Applies an elementwise rule to parameters, gradients and the N buffers in one sweep over memory.
    ///
    /// # Panics
    /// If there are not N buffers.
    pub fn sweep<const N: usize>(&mut self, rule: &impl Rule<T, N>) {
        let buffers: &mut [AlignedVec<T>; N] = self.buffers.try_into().expect("one buffer for each of the rule");
        let state = buffers.each_mut().map(|buffer| &mut buffer[self.range.clone()]);
        let params = &mut self.params[self.range.clone()];
        let gradient = &self.gradient[self.range.clone()];
        sweep(self.team, rule, params, gradient, T::of(self.penalty), state);
    }
}

macro_rules! registry {
    ($($(#[$doc:meta])* $name:literal => $Member:ident,)+) => {
        /// The registry of optimizers: a member with its hyper-parameters, as a configuration tags it by `name`.
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        #[serde(tag = "name")]
        pub enum OptimizerConfig {
            $($(#[$doc])* #[serde(rename = $name)] $Member($Member),)+
        }

        impl OptimizerConfig {
            /// Every member, with its defaults.
            #[must_use]
            pub fn defaults() -> Vec<Self> {
                vec![$(Self::$Member($Member::default()),)+]
            }

            /// The member's name.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$Member(_) => $name,)+
                }
            }

            /// Every hyper-parameter with its value.
            #[must_use]
            pub fn fields(&self) -> Vec<(&'static str, Value)> {
                match self {
                    $(Self::$Member(member) => member.fields(),)+
                }
            }
        }

        impl Optimizer for OptimizerConfig {
            fn validate(&self) -> Result<()> {
                match self {
                    $(Self::$Member(member) => member.validate(),)+
                }
            }

            fn lr(&self) -> f64 {
                match self {
                    $(Self::$Member(member) => member.lr(),)+
                }
            }

            fn buffers(&self) -> &'static [&'static str] {
                match self {
                    $(Self::$Member(member) => member.buffers(),)+
                }
            }

            fn momentum_mut(&mut self) -> Option<&mut f64> {
                match self {
                    $(Self::$Member(member) => member.momentum_mut(),)+
                }
            }

            fn step<T: Real>(&self, step: &mut Step<'_, T>) {
                match self {
                    $(Self::$Member(member) => member.step(step),)+
                }
            }
        }
    };
}

registry! {
    /// Stochastic gradient descent, with momentum.
    "SGD" => Sgd,
    /// Adaptive moments.
    "Adam" => Adam,
    /// Adaptive moments with decoupled weight decay.
    "AdamW" => AdamW,
}

/// Every optimizer with its defaults, for whoever must agree with them.
#[must_use]
pub fn registry() -> Vec<Member> {
    let members = OptimizerConfig::defaults();
    members.iter().map(|member| Member { name: member.name(), fields: member.fields() }).collect()
}

fn require_positive(name: &str, value: f64) -> Result<()> {
    require(value > 0.0 && value.is_finite(), name, "> 0 and finite", value)
}

fn require_not_negative(name: &str, value: f64) -> Result<()> {
    require(value >= 0.0 && value.is_finite(), name, ">= 0 and finite", value)
}

fn require_decay(name: &str, value: f64) -> Result<()> {
    require((0.0..1.0).contains(&value), name, "in [0, 1)", value)
}

/// `base^exponent` by squaring: the same bits on every platform, which a mathematical library does not promise.
fn power(base: f64, mut exponent: u64) -> f64 {
    let (mut result, mut square) = (1.0, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= square;
        }
        square *= square;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_agree_with_the_library() {
        for (base, exponent) in [(0.999, 1), (0.999, 1000), (0.9, 17), (0.5, 0), (0.0, 3), (0.9, u64::MAX)] {
            let expected = f64::powf(base, exponent as f64);
            let error = (power(base, exponent) - expected).abs();
            assert!(error <= 1e-13 * expected, "{base}^{exponent}: {error}");
        }
    }

    #[test]
    fn defaults_are_valid_and_carry_a_rate() {
        for member in OptimizerConfig::defaults() {
            member.validate().unwrap();
            let lr = ("lr", Value::Float(member.lr()));
            assert!(member.fields().contains(&lr), "{}", member.name());
        }
    }
}
