//! Linear models: the losses of one prediction, and training by one sample at a time as scikit-learn does it.

pub mod losses;
