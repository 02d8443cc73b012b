//! Gradient transforms: takes the gradient that backpropagation or a caller left, changes it before the optimizer sees it.
//! One file a member or a few relatives; the registry is [`GradientConfig`], one line a member.
//!
//! | where | what |
//! |---|---|
//! | this file | the trait, and the registry |
//! | `pass` | what a transform works on |
//! | `chain` | several transforms, one after the other, with what they keep |
//! | `rules` | what several members share |

mod accumulate;
mod adaptive_clip;
mod centralize;
mod chain;
mod clip_norm;
mod clip_per_example;
mod clip_value;
mod noise;
mod normalize;
mod pass;
mod penalties;
mod rules;
mod skip;

use thalweg_kernels::Real;

use crate::error::Result;
use crate::hyper::registry;

pub use accumulate::Accumulate;
pub use adaptive_clip::AdaptiveClip;
pub use centralize::Centralize;
pub use chain::{Chain, ChainState};
pub use clip_norm::{ClipNorm, ClipNormPerTensor};
pub use clip_per_example::ClipPerExample;
pub use clip_value::ClipValue;
pub use noise::GaussianNoise;
pub use normalize::Normalize;
pub use pass::{Pass, Verdict};
pub use penalties::{ElasticNet, L1, L2};
pub use skip::SkipNonFinite;

/// A change to gradients.
pub trait Transform {
    /// Checks the hyper-parameters.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    fn validate(&self) -> Result<()> {
        Ok(())
    }

    /// Names of the numbers kept from one gradient to the next; all begin at 0.
    fn numbers(&self) -> &'static [&'static str] {
        &[]
    }

    /// Whether a sum of gradients is kept.
    fn keeps_sum(&self) -> bool {
        false
    }

    /// Whether it reads the parameters.
    fn needs_params(&self) -> bool {
        false
    }

    /// Whether it answers for gradients that are not finite, so that nobody else need refuse them.
    fn judges_finiteness(&self) -> bool {
        false
    }

    /// The bound on the norm of each example's gradient: backpropagation applies it, since here they are one sum already.
    fn example_bound(&self) -> Option<f64> {
        None
    }

    /// Changes the gradient.
    ///
    /// # Errors
    /// When the gradient breaks a rule that the caller asked to be kept. What is kept from gradient to gradient is then as
    /// before, but for its numbers, which [`Chain`] puts back.
    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict>;
}

registry! {
    /// The registry of gradient transforms: a member with its hyper-parameters, as a configuration tags it by `name`.
    pub enum GradientConfig {
        /// Each element within bounds.
        "ClipValue" => ClipValue,
        /// The norm of the whole gradient within a bound.
        "ClipNorm" => ClipNorm,
        /// The norm of each tensor's gradient within a bound.
        "ClipNormPerTensor" => ClipNormPerTensor,
        /// The norm of each unit's gradient within a share of that of its weights.
        "AdaptiveClip" => AdaptiveClip,
        /// The norm of each example's gradient within a bound, with noise.
        "ClipPerExample" => ClipPerExample,
        /// Mean zero over the inputs of each unit.
        "Centralize" => Centralize,
        /// Noise that fades.
        "GaussianNoise" => GaussianNoise,
        /// The mean over several micro-batches.
        "Accumulate" => Accumulate,
        /// No step where the gradient is not finite.
        "SkipNonFinite" => SkipNonFinite,
        /// The slope of an L1 penalty.
        "L1" => L1,
        /// The slope of an L2 penalty.
        "L2" => L2,
        /// The slopes of both.
        "ElasticNet" => ElasticNet,
        /// Length one.
        "Normalize" => Normalize,
    }
}

impl Transform for GradientConfig {
    fn validate(&self) -> Result<()> {
        any!(self, member => member.validate())
    }

    fn numbers(&self) -> &'static [&'static str] {
        any!(self, member => member.numbers())
    }

    fn keeps_sum(&self) -> bool {
        any!(self, member => member.keeps_sum())
    }

    fn needs_params(&self) -> bool {
        any!(self, member => member.needs_params())
    }

    fn judges_finiteness(&self) -> bool {
        any!(self, member => member.judges_finiteness())
    }

    fn example_bound(&self) -> Option<f64> {
        any!(self, member => member.example_bound())
    }

    fn apply<T: Real>(&self, pass: &mut Pass<'_, T>) -> Result<Verdict> {
        any!(self, member => member.apply(pass))
    }
}
