//! Linear models.
//!
//! | where | what |
//! |---|---|
//! | [`losses`] | value and slope of one prediction: one definition for every way to train |
//! | [`sgd`] | training sample by sample, as scikit-learn does it |

pub mod losses;
pub mod sgd;
