//! What the linear models call.

pub mod features;
pub mod losses;
pub mod objective;
pub mod sag;
pub mod sgd;
