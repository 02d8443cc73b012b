//! The registry: every member by the name that a configuration gives, and a step of whichever it is.

use thalweg_kernels::Real;
use thalweg_kernels::real::Either;

// Every member, and what the trait speaks of.
use super::*;
use crate::error::Result;
use crate::hyper::{Member, Value, registry};

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
