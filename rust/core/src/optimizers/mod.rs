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
//! | `rules`, `checks`, `line_search`, `proximal`, `accelerated` | what several members share |

mod accelerated;
mod adabelief;
mod adadelta;
mod adafactor;
mod adagrad;
mod adagrad_norm;
mod adam;
mod adamax;
mod adamw;
mod adan;
mod ademamix;
mod adopt;
mod aggmo;
mod asam;
mod asgd;
mod axes;
mod barzilai_borwein;
mod buffers;
mod checks;
mod closure;
mod cocob;
mod dadapt;
mod dadapt_adagrad;
mod dadapt_adam;
mod dadapt_sgd;
mod decay;
mod dog;
mod dowg;
mod ema;
mod ema_momentum;
mod fista;
mod fromage;
mod ftrl;
mod gradient_descent;
mod groups;
mod lamb;
mod lars;
mod lbfgs;
mod line_search;
mod lion;
mod lookahead;
mod madgrad;
mod momo;
mod muon;
mod nadam;
mod nesterov_ag;
mod nonlinear_cg;
mod norm_adaptive_gd;
mod novograd;
mod optimistic_gd;
mod polyak_sgd;
mod prodigy;
mod proximal;
mod proximal_gradient;
mod qhm;
mod radam;
mod rectification;
mod rmsprop;
mod rprop;
mod rules;
mod sam;
mod schedule_free;
mod schedule_free_adamw;
mod schedule_free_radam;
mod schedule_free_sgd;
mod sgd;
mod shampoo;
mod sign_sgd;
mod signum;
mod sm3;
mod soap;
mod sophia_g;
mod sparse_adam;
mod state;
mod step;
mod sums;
mod svrg;
mod swa;
#[cfg(test)]
mod tests;
mod travelled;
mod wrapper;
mod yogi;

use thalweg_kernels::Real;
use thalweg_kernels::real::Either;

use crate::error::Result;
use crate::hyper::{Member, Value, registry};

pub use adabelief::AdaBelief;
pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adagrad_norm::AdaGradNorm;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
pub use adan::Adan;
pub use ademamix::AdEMAMix;
pub use adopt::Adopt;
pub use aggmo::AggMo;
pub use asam::Asam;
pub use asgd::Asgd;
pub use barzilai_borwein::BarzilaiBorwein;
pub use buffers::{Buffer, Extent, Initial, Scalar, ShapeOf, Slab};
pub use closure::{Closure, Stopped, Taken};
pub use cocob::Cocob;
pub use dadapt_adagrad::DAdaptAdaGrad;
pub use dadapt_adam::DAdaptAdam;
pub use dadapt_sgd::DAdaptSgd;
pub use dog::Dog;
pub use dowg::Dowg;
pub use ema::Ema;
pub use ema_momentum::EmaMomentum;
pub use fista::Fista;
pub use fromage::Fromage;
pub use ftrl::Ftrl;
pub use gradient_descent::GradientDescent;
pub use groups::{GroupConfig, Groups};
pub use lamb::Lamb;
pub use lars::Lars;
pub use lbfgs::Lbfgs;
pub use lion::Lion;
pub use lookahead::Lookahead;
pub use madgrad::Madgrad;
pub use momo::Momo;
pub use muon::{AdjustLr, Muon};
pub use nadam::NAdam;
pub use nesterov_ag::NesterovAg;
pub use nonlinear_cg::NonlinearCg;
pub use norm_adaptive_gd::NormAdaptiveGD;
pub use novograd::NovoGrad;
pub use optimistic_gd::OptimisticGd;
pub use polyak_sgd::{PolyakSgd, PolyakVariant};
pub use prodigy::Prodigy;
pub use proximal_gradient::ProximalGradient;
pub use qhm::Qhm;
pub use radam::{RAdam, Unrectified};
pub use rmsprop::RmsProp;
pub use rprop::Rprop;
pub use sam::Sam;
pub use schedule_free_adamw::ScheduleFreeAdamW;
pub use schedule_free_radam::ScheduleFreeRAdam;
pub use schedule_free_sgd::ScheduleFreeSgd;
pub use sgd::Sgd;
pub use shampoo::Shampoo;
pub use sign_sgd::SignSgd;
pub use signum::Signum;
pub use sm3::Sm3;
pub use soap::Soap;
pub use sophia_g::SophiaG;
pub use sparse_adam::SparseAdam;
pub use state::{Inputs, State};
pub use step::{Gradient, SparseRows, Step, TensorMut};
pub use sums::Of;
pub use svrg::Svrg;
pub use swa::Swa;
pub use yogi::Yogi;

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

registry! {
    /// The registry of optimizers: a member with its hyper-parameters, as a configuration tags it by `name`.
    pub enum OptimizerConfig {
        /// Stochastic gradient descent, with momentum.
        "SGD" => Sgd,
        /// Adam that divides by how far gradients lie from their mean.
        "AdaBelief" => AdaBelief,
        /// Steps as long as those before, per unit of gradient.
        "Adadelta" => Adadelta,
        /// The root mean square of a matrix from that of its rows and columns.
        "Adafactor" => Adafactor,
        /// A rate for each element that falls with its gradients.
        "Adagrad" => Adagrad,
        /// Adagrad with one rate for all parameters.
        "AdaGradNorm" => AdaGradNorm,
        /// Adaptive moments.
        "Adam" => Adam,
        /// Adaptive moments by the largest gradient.
        "Adamax" => Adamax,
        /// Adaptive moments with decoupled weight decay.
        "AdamW" => AdamW,
        /// Adaptive moments with Nesterov momentum from differences of gradients.
        "Adan" => Adan,
        /// Adam with a second, slower mean.
        "AdEMAMix" => AdEMAMix,
        /// Adam that divides by the mean square of the gradients before.
        "ADOPT" => Adopt,
        /// The mean of several velocities.
        "AggMo" => AggMo,
        /// Any other, with the gradient of the steepest place nearby, by the parameters' sizes.
        "ASAM" => Asam,
        /// Gradient descent, and the average of its path.
        "ASGD" => Asgd,
        /// Gradient descent at the rate of the last step's curvature.
        "BarzilaiBorwein" => BarzilaiBorwein,
        /// Bets on coins, without a learning rate.
        "COCOB" => Cocob,
        /// Adagrad that finds its rate.
        "DAdaptAdaGrad" => DAdaptAdaGrad,
        /// Adam that finds its rate.
        "DAdaptAdam" => DAdaptAdam,
        /// Gradient descent that finds its rate.
        "DAdaptSGD" => DAdaptSgd,
        /// Distance over gradients.
        "DoG" => Dog,
        /// Distance over weighted gradients.
        "DoWG" => Dowg,
        /// Any other, and a mean of its parameters that fades.
        "EMA" => Ema,
        /// Gradient descent by the mean gradient.
        "EMAMomentum" => EmaMomentum,
        /// Proximal gradient descent with Nesterov's acceleration.
        "FISTA" => Fista,
        /// The same share of its norm for each tensor.
        "Fromage" => Fromage,
        /// Follow the regularised leader, to exact zeros.
        "FTRL" => Ftrl,
        /// Gradient descent with a line search.
        "GradientDescent" => GradientDescent,
        /// Adaptive moments with a rate for each tensor.
        "LAMB" => Lamb,
        /// Momentum with a rate for each tensor.
        "LARS" => Lars,
        /// Newton's method from the memory of the last moves.
        "LBFGS" => Lbfgs,
        /// The sign of a mean gradient that leans towards the newest.
        "Lion" => Lion,
        /// Any other, followed by slow parameters.
        "Lookahead" => Lookahead,
        /// Dual averaging over the cube root of squares.
        "MADGRAD" => Madgrad,
        /// Momentum with Polyak's step size.
        "MoMo" => Momo,
        /// Momentum made orthogonal.
        "Muon" => Muon,
        /// Adaptive moments with Nesterov momentum.
        "NAdam" => NAdam,
        /// Nesterov's accelerated gradient, with restarts.
        "NesterovAG" => NesterovAg,
        /// Conjugate gradients.
        "NonlinearCG" => NonlinearCg,
        /// Descent whose rate falls with the gradients' norms.
        "NormAdaptiveGD" => NormAdaptiveGD,
        /// Momentum over gradients divided by their norm.
        "NovoGrad" => NovoGrad,
        /// Gradient descent that guesses the next gradient.
        "OptimisticGD" => OptimisticGd,
        /// Gradient descent with Polyak's step size.
        "PolyakSGD" => PolyakSgd,
        /// Adam that finds its rate, faster.
        "Prodigy" => Prodigy,
        /// Gradient descent towards sparse parameters.
        "ProximalGradient" => ProximalGradient,
        /// The gradient and its mean, in shares.
        "QHM" => Qhm,
        /// Adaptive moments, once they can be trusted.
        "RAdam" => RAdam,
        /// The gradient over the root of its mean square.
        "RMSprop" => RmsProp,
        /// A step for each element, by signs alone.
        "Rprop" => Rprop,
        /// Any other, with the gradient of the steepest place nearby.
        "SAM" => Sam,
        /// AdamW with an average in the place of a schedule.
        "ScheduleFreeAdamW" => ScheduleFreeAdamW,
        /// RAdam with an average in the place of a schedule.
        "ScheduleFreeRAdam" => ScheduleFreeRAdam,
        /// Descent with an average in the place of a schedule.
        "ScheduleFreeSGD" => ScheduleFreeSgd,
        /// Inverse roots of the gradient's second moments along each axis.
        "Shampoo" => Shampoo,
        /// The sign of the gradient.
        "SignSGD" => SignSgd,
        /// The sign of the mean gradient.
        "Signum" => Signum,
        /// AdaGrad with accumulators for rows and columns.
        "SM3" => Sm3,
        /// Adam in the eigenbasis of Shampoo.
        "SOAP" => Soap,
        /// Clipped steps by an estimate of the curvature.
        "SophiaG" => SophiaG,
        /// Adaptive moments on the rows of a sparse gradient.
        "SparseAdam" => SparseAdam,
        /// Any other, by gradients of samples with less noise.
        "SVRG" => Svrg,
        /// Any other, and the mean of its parameters.
        "SWA" => Swa,
        /// Adam whose mean square moves slowly.
        "Yogi" => Yogi,
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

    fn whole_run(&self) -> Vec<(String, Value)> {
        any!(self, member => member.whole_run())
    }

    fn eval_params(&self, number: u64) -> EvalParams {
        any!(self, member => member.eval_params(number))
    }

    fn averages(&self) -> bool {
        any!(self, member => member.averages())
    }

    fn curvature_seed(&self, number: u64) -> Option<u64> {
        any!(self, member => member.curvature_seed(number))
    }

    fn momentum_mut(&mut self) -> Option<&mut f64> {
        any!(self, member => member.momentum_mut())
    }

    fn begin<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        T::either(Begin(self), step.reborrow())
    }

    fn step<T: Real>(&self, step: &mut Step<'_, T>) -> Taken {
        T::either(Move(self), step.reborrow())
    }
}

/// [`Optimizer::begin`] of any member.
struct Begin<'a>(&'a OptimizerConfig);

impl Either for Begin<'_> {
    type Input<'a, T: Real> = Step<'a, T>;
    type Output = Taken;

    fn single(self, mut step: Step<'_, f32>) -> Taken {
        any!(self.0, member => member.begin(&mut step))
    }

    fn double(self, mut step: Step<'_, f64>) -> Taken {
        any!(self.0, member => member.begin(&mut step))
    }
}

/// [`Optimizer::step`] of any member.
struct Move<'a>(&'a OptimizerConfig);

impl Either for Move<'_> {
    type Input<'a, T: Real> = Step<'a, T>;
    type Output = Taken;

    fn single(self, mut step: Step<'_, f32>) -> Taken {
        any!(self.0, member => member.step(&mut step))
    }

    fn double(self, mut step: Step<'_, f64>) -> Taken {
        any!(self.0, member => member.step(&mut step))
    }
}

/// A member that holds another lists it with its fields.
impl From<Box<OptimizerConfig>> for Value {
    fn from(member: Box<OptimizerConfig>) -> Self {
        Self::Member(Box::new(Member::from(&*member)))
    }
}
