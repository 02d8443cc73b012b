//! Data: a [`Dataset`] holds what to learn from, [`Batches`] says which rows are next.

mod batches;
mod dataset;

pub use batches::{Batches, Shuffle};
pub use dataset::{Dataset, Input, Rows, rows_from};
pub(crate) use dataset::{converted, not_in_place};
