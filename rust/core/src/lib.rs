//! The core of thalweg: networks, losses, optimizers and the training loop. It knows no Python and holds no unsafe code.
//!
//! Data flows from top to bottom, never back up:
//!
//! | where | what |
//! |---|---|
//! | [`mlp`] | what a caller asks for: the configuration, checked |
//! | [`data`] | the dataset, and who splits it into batches in which order |
//! | [`params`] | the arena: every parameter of a model in one flat buffer |
//! | [`activations`], [`layers`], [`network`] | the layers over the arena, forward beside backward |
//! | [`precision`] | what the operands of their products are rounded to |
//! | [`signals`] | what the layers say to each other about the rows of a batch |
//! | [`losses`], [`penalty`] | the value of a prediction, and its slope; the penalty on the weights |
//! | [`backprop`] | forward, loss and backward over the rows of a batch: the gradient |
//! | [`gradients`] | what is done to a gradient first: clipping, accumulation, noise |
//! | [`linalg`] | eigenvectors and orthonormal bases of small matrices |
//! | [`schedules`], [`optimizers`] | the learning rate, and what a gradient does to the parameters |
//! | [`training`] | the epoch loop, stopping, history, scores, checkpoints |
//! | [`linear`] | linear models: losses of one prediction, training sample by sample |
//! | [`prediction`] | rows forward through weights as their user holds them |
//! | [`objective`] | loss and gradient over all rows, for solvers that live elsewhere |
//!
//! The members of a family (activations, losses, gradient transforms, optimizers, schedules) never use one another.

#![forbid(unsafe_code)]

pub mod activations;
pub mod backprop;
pub mod data;
pub mod error;
pub mod gradients;
pub mod hyper;
pub mod layers;
pub mod linalg;
pub mod linear;
pub mod losses;
mod math;
pub mod mlp;
pub mod network;
pub mod objective;
pub mod optimizers;
pub mod params;
pub mod penalty;
pub mod precision;
pub mod prediction;
mod random;
pub mod schedules;
pub mod signals;
pub mod training;

pub use error::{Error, Result};
