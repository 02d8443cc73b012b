//! Linear models.
//!
//! | where | what |
//! |---|---|
//! | [`losses`] | value and slope of one prediction: one definition for every way to train |
//! | [`sgd`] | training sample by sample, as scikit-learn does it |
//! | [`sag`] | SAG and SAGA: sample by sample, with a memory of all |
//! | [`objective`] | loss and gradient over all rows |

pub mod losses;
pub mod objective;
pub mod sag;
pub mod sgd;
mod smooth;
mod xorshift;

pub use smooth::SmoothLoss;
