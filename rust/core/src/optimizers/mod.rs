//! Optimizers: takes a gradient and the learning rate, moves the parameters. One file a member; the registry is
//! [`OptimizerConfig`], one line a member in `registry.rs`.
//!
//! A member's file holds its hyper-parameters with defaults, their rules, the buffers and numbers that it keeps, and its
//! step: scalars prepared in double precision and rounded once, then one fused update over the elements ([`Step::sweep`]).
//!
//! | where | what |
//! |---|---|
//! | `optimizer` | the trait: what a member says about itself, and its step |
//! | `registry` | all members by name |
//! | `step`, `sums`, `tensor` | what a step works on: sweeps and sums over the tensors, one tensor, evaluations of a closure |
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
mod optimizer;
mod polyak_sgd;
mod prodigy;
mod proximal;
mod proximal_gradient;
mod qhm;
mod radam;
mod rectification;
mod registry;
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
mod tensor;
#[cfg(test)]
mod tests;
mod travelled;
mod wrapper;
mod yogi;

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
pub use optimizer::{EvalParams, Needs, Optimizer, Scope};
pub use polyak_sgd::{PolyakSgd, PolyakVariant};
pub use prodigy::Prodigy;
pub use proximal_gradient::ProximalGradient;
pub use qhm::Qhm;
pub use radam::{RAdam, Unrectified};
pub use registry::{OptimizerConfig, registry};
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
pub use step::{Gradient, SparseRows, Step};
pub use sums::Of;
pub use svrg::Svrg;
pub use swa::Swa;
pub use tensor::TensorMut;
pub use yogi::Yogi;
