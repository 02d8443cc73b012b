//! The tests of the core in one binary: each binary would compile all kernels for all CPU paths once more.

mod common;
mod determinism;
mod gradients;
mod linear;
mod linear_models;
mod optimizers;
mod prediction;
mod registry;
mod runs;
mod schedules;
mod scikit_learn;
mod training;
mod transforms;
