//! Optimizers: takes a gradient and the learning rate, moves the parameters. One file a member; the registry is
//! [`OptimizerConfig`], one line a member.
//!
//! A member's file holds its hyper-parameters with defaults, their rules, the buffers and numbers that it keeps, and its
//! step: scalars prepared in double precision and rounded once, then one fused update over the elements ([`Step::sweep`]).
//!
//! | where | what |
//! |---|---|
//! | this file | the trait, and the registry |
//! | `step`, `sums` | what a step works on: sweeps and sums over the tensors, evaluations of a closure |
//! | `buffers` | what a member keeps: buffers of any extent, numbers |
//! | `groups`, `state` | tensors with their own hyper-parameters; everything between two steps |
//! | `closure` | functions to minimise |
//! | `rules`, `checks` | what several members share |

mod adafactor;
mod adam;
mod adamw;
mod axes;
mod buffers;
mod checks;
mod closure;
mod fromage;
mod groups;
mod lamb;
mod lars;
mod muon;
mod nadam;
mod novograd;
mod rules;
mod sam;
mod sgd;
mod shampoo;
mod sm3;
mod soap;
mod state;
mod step;
mod sums;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use thalweg_kernels::Real;

use crate::error::Result;
use crate::hyper::{Member, Value};

pub use adafactor::Adafactor;
pub use adam::Adam;
pub use adamw::AdamW;
pub use buffers::{Buffer, Extent, Initial, Scalar, ShapeOf, Slab};
pub use closure::{Closure, Stopped, Taken};
pub use fromage::Fromage;
pub use groups::{GroupConfig, Groups};
pub use lamb::Lamb;
pub use lars::Lars;
pub use muon::{AdjustLr, Muon};
pub use nadam::NAdam;
pub use novograd::NovoGrad;
pub use sam::Sam;
pub use sgd::Sgd;
pub use shampoo::Shampoo;
pub use sm3::Sm3;
pub use soap::Soap;
pub use state::{Inputs, State};
pub use step::{Gradient, SparseRows, Step, TensorMut};
pub use sums::Of;

/// A rule that turns gradients into steps.
pub trait Optimizer {
    /// Checks the hyper-parameters.
    ///
    /// # Errors
    /// Naming the parameter, the rule and the value.
    fn validate(&self) -> Result<()>;

    /// The learning rate before any schedule; 1 for members that find their own.
    fn lr(&self) -> f64 {
        1.0
    }

    /// What is kept for each tensor.
    fn buffers(&self) -> Vec<Buffer> {
        Vec::new()
    }

    /// Numbers kept for each group of parameters; [`Self::step`] reads and writes them.
    fn scalars(&self) -> Vec<Scalar> {
        Vec::new()
    }

    /// Numbers kept for the whole run; [`Self::begin`] writes them, [`Self::step`] reads them.
    fn shared(&self) -> Vec<Scalar> {
        Vec::new()
    }

    /// What a step needs beside or in place of a dense gradient.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// What the step of an element depends on; tests follow it.
    fn scope(&self) -> Scope {
        Scope::Element
    }

    /// Where the parameters to evaluate the model with are, after `number` steps.
    fn eval_params(&self, _number: u64) -> EvalParams {
        EvalParams::Params
    }

    /// Comes before the groups are moved, once a step, with the tensors of all groups: for what depends on all of them, such
    /// as a global norm.
    ///
    /// # Errors
    /// [`Stopped`] when a closure gave no answer.
    fn begin<T: Real>(&self, _step: &mut Step<'_, T>) -> Taken {
        Ok(())
    }

    /// Moves the parameters of one group.
    ///
    /// # Errors
    /// [`Stopped`] when a closure gave no answer.
    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken;
}

/// What a member needs beside or in place of a dense gradient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The loss at the parameters.
    pub loss: bool,
    /// A closure, since it looks at more than one point a step.
    pub closure: bool,
    /// Gradients come as rows ([`Step::rows`]).
    pub rows: bool,
    /// Now and then a second gradient ([`Step::with_curvature`]); steps without it are possible.
    pub curvature: bool,
    /// All parameters are in one group.
    pub one_group: bool,
    /// Of arrays, only matrices; estimators' biases are moved all the same.
    pub matrices: bool,
}

/// What the step of an element depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// On itself, its gradient, and numbers that no other element shapes.
    #[default]
    Element,
    /// On other elements of its tensor as well.
    Tensor,
    /// On other tensors as well.
    Run,
}

/// Where the parameters to evaluate a model with are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum EvalParams {
    /// They are those that the steps move.
    Params,
    /// In a buffer.
    Buffer(usize),
    /// `of_params * params + of_buffer * buffer`
    Blend {
        /// Factor of the parameters.
        of_params: f64,
        /// Number of the buffer.
        buffer: usize,
        /// Factor of the buffer.
        of_buffer: f64,
    },
}

impl EvalParams {
    /// As an optimizer around this one sees it, whose own buffers, so many, come first.
    #[must_use]
    pub fn behind(self, buffers: usize) -> Self {
        match self {
            Self::Params => Self::Params,
            Self::Buffer(buffer) => Self::Buffer(buffers + buffer),
            Self::Blend { of_params, buffer, of_buffer } => {
                Self::Blend { of_params, buffer: buffers + buffer, of_buffer }
            }
        }
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

        /// Does the same with whichever member it is.
        macro_rules! any {
            ($config:expr, $member:ident => $result:expr) => {
                match $config {
                    $(OptimizerConfig::$Member($member) => $result,)+
                }
            };
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
        }
    };
}

registry! {
    /// Stochastic gradient descent, with momentum.
    "SGD" => Sgd,
    /// The root mean square of a matrix from that of its rows and columns.
    "Adafactor" => Adafactor,
    /// Adaptive moments.
    "Adam" => Adam,
    /// Adaptive moments with decoupled weight decay.
    "AdamW" => AdamW,
    /// The same share of its norm for each tensor.
    "Fromage" => Fromage,
    /// Adaptive moments with a rate for each tensor.
    "LAMB" => Lamb,
    /// Momentum with a rate for each tensor.
    "LARS" => Lars,
    /// Momentum made orthogonal.
    "Muon" => Muon,
    /// Adaptive moments with Nesterov momentum.
    "NAdam" => NAdam,
    /// Momentum over gradients divided by their norm.
    "NovoGrad" => NovoGrad,
    /// Any other, with the gradient of the steepest place nearby.
    "SAM" => Sam,
    /// AdaGrad with accumulators for rows and columns.
    "SM3" => Sm3,
    /// Adam in the eigenbasis of Shampoo.
    "SOAP" => Soap,
    /// Inverse roots of the gradient's second moments along each axis.
    "Shampoo" => Shampoo,
}

impl OptimizerConfig {
    /// Every hyper-parameter with its value.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, Value)> {
        any!(self, member => member.fields())
    }
}

impl Optimizer for OptimizerConfig {
    fn validate(&self) -> Result<()> {
        any!(self, member => member.validate())
    }

    fn lr(&self) -> f64 {
        any!(self, member => member.lr())
    }

    fn buffers(&self) -> Vec<Buffer> {
        any!(self, member => member.buffers())
    }

    fn scalars(&self) -> Vec<Scalar> {
        any!(self, member => member.scalars())
    }

    fn shared(&self) -> Vec<Scalar> {
        any!(self, member => member.shared())
    }

    fn needs(&self) -> Needs {
        any!(self, member => member.needs())
    }

    fn scope(&self) -> Scope {
        any!(self, member => member.scope())
    }

    fn eval_params(&self, number: u64) -> EvalParams {
        any!(self, member => member.eval_params(number))
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        any!(self, member => member.begin(step))
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        any!(self, member => member.step(step))
    }
}

impl From<&OptimizerConfig> for Member {
    fn from(member: &OptimizerConfig) -> Self {
        Self { name: member.name(), fields: member.fields() }
    }
}

/// A member that holds another lists it with its fields.
impl From<Box<OptimizerConfig>> for Value {
    fn from(member: Box<OptimizerConfig>) -> Self {
        Self::Member(Box::new(Member::from(&*member)))
    }
}

/// Every optimizer with its defaults, for whoever must agree with them.
#[must_use]
pub fn registry() -> Vec<Member> {
    OptimizerConfig::defaults().iter().map(Member::from).collect()
}
