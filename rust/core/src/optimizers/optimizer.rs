//! The trait of all optimizers: what a member keeps and needs, and its step.

use thalweg_kernels::Real;

use super::{Buffer, Scalar, Step, Taken};
use crate::error::Result;
use crate::hyper::Value;

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

    /// Hyper-parameters, by path, that shape what all tensors share: no group can have its own.
    fn whole_run(&self) -> Vec<(String, Value)> {
        Vec::new()
    }

    /// Where the parameters to evaluate the model with are, after `number` steps.
    fn eval_params(&self, _number: u64) -> EvalParams {
        EvalParams::Params
    }

    /// Whether these may be other parameters than those that the steps move.
    fn averages(&self) -> bool {
        self.eval_params(u64::MAX) != EvalParams::Params
    }

    /// The seed of the targets that the model draws for the second gradient of step `number` = 1, 2, …, where that step wants
    /// one ([`Needs::curvature`]).
    fn curvature_seed(&self, _number: u64) -> Option<u64> {
        None
    }

    /// The momentum, for schedules that move it: the decay of the first moment or of the velocity.
    fn momentum_mut(&mut self) -> Option<&mut f64> {
        None
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
